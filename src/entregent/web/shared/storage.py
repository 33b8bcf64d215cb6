from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed and compressed names once collected; plain names until then, as in tests."""

    # In scripts the only addresses rewritten are those of source maps, which we do not carry.
    patterns = tuple(
        (files, found)
        for files, found in CompressedManifestStaticFilesStorage.patterns
        if files != "*.js"
    )

    def stored_name(self, name: str) -> str:
        return str(self.hashed_files.get(self.hash_key(self.clean_name(name)), name))

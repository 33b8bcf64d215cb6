from django.apps import AppConfig


class ThemesRoom(AppConfig):
    name = "entregent.web.themes"
    label = "themes"

    def ready(self) -> None:
        from entregent.web.customers.copies import tells
        from entregent.web.evidence.signals import snapshot_refreshed
        from entregent.web.themes import copy
        from entregent.web.themes.actions import follow_new_words

        snapshot_refreshed.connect(follow_new_words, dispatch_uid="themes")
        tells("themes", copy.themes)

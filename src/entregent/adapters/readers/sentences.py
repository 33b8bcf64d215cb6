"""What each reason and notice says to a person, in French and in English.

Facts fill the braces. A reason says what happened and what to do; a notice says what was guessed.
"""

from entregent.adapters.readers.batches import Notice, Reason

NB = "\u00a0"

REASONS: dict[str, dict[str, str]] = {
    # The file as a whole
    "no_such_file": {
        "fr": "Le fichier « {path} » est introuvable ou ne peut pas être lu.",
        "en": "The file “{path}” cannot be found or cannot be read.",
    },
    "directory": {
        "fr": "Ceci est un dossier. Choisissez un fichier à l’intérieur.",
        "en": "This is a folder. Choose a file inside it.",
    },
    "empty_file": {
        "fr": "Le fichier est vide : il n’y a rien à importer.",
        "en": "The file is empty: there is nothing to import.",
    },
    "header_only": {
        "fr": "Le fichier n’a que ses en-têtes, aucune ligne ne les suit : il n’y a rien à importer.",
        "en": "The file has its headers and no row after them: there is nothing to import.",
    },
    "no_records": {
        "fr": "Le document ne contient aucun enregistrement.",
        "en": "The document holds no record.",
    },
    "binary_file": {
        "fr": "Ce fichier n’est ni un texte ni un classeur, quel que soit son nom. Exportez-le en CSV, XLSX, JSON ou Parquet.",
        "en": "This file is neither a text nor a workbook, whatever its name. Export it as CSV, XLSX, JSON or Parquet.",
    },
    "old_workbook": {
        "fr": "Ce classeur est à l’ancien format d’Excel (.xls) ou protégé par un mot de passe. Enregistrez-le au format .xlsx, sans mot de passe.",
        "en": "This workbook is in Excel’s old format (.xls) or protected by a password. Save it as .xlsx, without a password.",
    },
    "password": {
        "fr": "Cette archive est protégée par un mot de passe. Retirez-le, puis réessayez.",
        "en": "This archive is protected by a password. Remove it, then try again.",
    },
    "broken_zip": {
        "fr": "Ce classeur est abîmé ou incomplet. Exportez-le de nouveau.",
        "en": "This workbook is damaged or incomplete. Export it again.",
    },
    "broken_workbook": {
        "fr": "Cette archive n’est pas un classeur Excel lisible. Ouvrez-la dans un tableur et enregistrez-la en .xlsx.",
        "en": "This archive is not a readable Excel workbook. Open it in a spreadsheet and save it as .xlsx.",
    },
    "broken_gzip": {
        "fr": "Le fichier compressé est abîmé. Compressez-le ou téléchargez-le de nouveau.",
        "en": "The compressed file is damaged. Compress or download it again.",
    },
    "broken_parquet": {
        "fr": "Ce fichier Parquet est abîmé ou incomplet.",
        "en": "This Parquet file is damaged or incomplete.",
    },
    "broken_json": {
        "fr": "À cet endroit, le texte n’est pas du JSON valide.",
        "en": "At this place, the text is not valid JSON.",
    },
    "broken_xml": {
        "fr": "Ce fichier XML ne peut pas être lu : il est abîmé ou n’est pas un journal XES.",
        "en": "This XML file cannot be read: it is damaged, or it is no XES log.",
    },
    "unknown_xml": {
        "fr": "Ce fichier XML n’est pas un journal d’événements XES, le seul XML que nous lisons.",
        "en": "This XML file is no XES event log, the only XML that we read.",
    },
    "entities_refused": {
        "fr": "Ce fichier XML définit des entités, ce qui permet de faire exploser la mémoire. Il est refusé par prudence.",
        "en": "This XML file defines entities, which can exhaust the memory. It is refused as a precaution.",
    },
    "compression_bomb": {
        "fr": "Une fois décompressé, ce fichier serait au moins {times} fois plus gros. Il est refusé par prudence.",
        "en": "Once inflated, this file would be at least {times} times larger. It is refused as a precaution.",
    },
    "too_many_words": {
        "fr": "Ce classeur contient plus de {megabytes} Mo de textes. Exportez-le en CSV, qui n’a pas cette limite.",
        "en": "This workbook holds more than {megabytes} MB of texts. Export it as CSV, which has no such limit.",
    },
    "too_many_columns": {
        "fr": "Le fichier a {have} colonnes ; nous en lisons {limit} au plus.",
        "en": "The file has {have} columns; we read {limit} at most.",
    },
    "unreadable_header": {
        "fr": "La ligne {line}, qui devrait nommer les colonnes, ne peut pas être lue.",
        "en": "Line {line}, which should name the columns, cannot be read.",
    },
    "unknown_encoding": {
        "fr": "« {encoding} » n’est pas un encodage que nous connaissons.",
        "en": "“{encoding}” is no encoding that we know.",
    },
    "unknown_delimiter": {
        "fr": "« {delimiter} » ne peut pas séparer des colonnes.",
        "en": "“{delimiter}” cannot separate columns.",
    },
    "no_such_sheet": {
        "fr": "Le classeur n’a pas de feuille « {sheet} ». Ses feuilles : {sheets}.",
        "en": "The workbook has no sheet “{sheet}”. Its sheets: {sheets}.",
    },
    "no_such_path": {
        "fr": "Le document n’a pas de liste à l’endroit « {path} ». Ses listes : {paths}.",
        "en": "The document has no list at “{path}”. Its lists: {paths}.",
    },
    "no_such_shape": {
        "fr": "« {shape} » n’est pas un type d’export que nous connaissons.",
        "en": "“{shape}” is no kind of export that we know.",
    },
    # One row
    "wrong_encoding": {
        "fr": "Certains octets ne sont pas des caractères de l’encodage {encoding}.",
        "en": "Some bytes are no characters of the encoding {encoding}.",
    },
    "nul_bytes": {
        "fr": "La ligne contient des octets nuls : elle a été abîmée avant d’arriver ici.",
        "en": "The row holds NUL bytes: it was damaged before it came here.",
    },
    "too_few_cells": {
        "fr": "La ligne a {have} cellules au lieu de {want} : impossible de savoir lesquelles manquent.",
        "en": "The row has {have} cells instead of {want}: nothing tells which are missing.",
    },
    "too_many_cells": {
        "fr": "La ligne a {have} cellules au lieu de {want} : un séparateur se trouve sans doute dans un texte sans guillemets.",
        "en": "The row has {have} cells instead of {want}: a text without quotes probably holds a delimiter.",
    },
    "half_a_line": {
        "fr": "Le fichier s’arrête au milieu de cette ligne. Exportez-le de nouveau pour en avoir la fin.",
        "en": "The file stops in the middle of this line. Export it again to have its end.",
    },
    "unclosed_quote": {
        "fr": "Un guillemet s’ouvre dans cette ligne et ne se referme jamais.",
        "en": "A quote opens in this line and never closes.",
    },
    "too_long": {
        "fr": "La ligne contient un texte de plus de {limit} caractères.",
        "en": "The row holds a text of more than {limit} characters.",
    },
    "cut_short": {
        "fr": "Le fichier s’arrête ici, avant sa fin. Ce qui précède a été lu ; exportez-le de nouveau pour la suite.",
        "en": "The file stops here, before its end. What precedes was read; export it again for the rest.",
    },
    "not_an_object": {
        "fr": "Cet enregistrement n’est pas un objet JSON avec des champs nommés.",
        "en": "This record is no JSON object with named fields.",
    },
    "too_deep": {
        "fr": "Cet enregistrement contient trop d’objets emboîtés les uns dans les autres.",
        "en": "This record holds too many objects nested in one another.",
    },
    "broken_mail": {
        "fr": "Ce message n’a ni expéditeur ni date lisibles.",
        "en": "This message has no readable sender or date.",
    },
}

# A row that was read, but whose values cannot become evidence
ROW_REASONS: dict[str, dict[str, str]] = {
    "not_a_time": {
        "fr": "« {text} » n’est pas une date que nous savons lire.",
        "en": "“{text}” is no date that we can read.",
    },
    "time_out_of_range": {
        "fr": "La date « {text} » n’est pas entre 1900 et 2100.",
        "en": "The date “{text}” is not between 1900 and 2100.",
    },
    "no_time": {
        "fr": "La ligne ne dit pas quand cela s’est passé.",
        "en": "The row does not say when it happened.",
    },
    "not_a_number": {
        "fr": "« {text} » n’est pas un nombre.",
        "en": "“{text}” is no number.",
    },
    "out_of_scale": {
        "fr": "La note {text} est hors de l’échelle, qui va de {low} à {high}.",
        "en": "The score {text} is outside its scale, which runs from {low} to {high}.",
    },
    "not_a_duration": {
        "fr": "« {text} » n’est pas une durée.",
        "en": "“{text}” is no duration.",
    },
    "not_an_email": {
        "fr": "« {text} » n’est pas une adresse électronique.",
        "en": "“{text}” is no e-mail address.",
    },
    "not_a_phone": {
        "fr": "« {text} » n’est pas un numéro de téléphone.",
        "en": "“{text}” is no phone number.",
    },
    "not_yes_or_no": {
        "fr": "« {text} » ne veut dire ni oui ni non.",
        "en": "“{text}” means neither yes nor no.",
    },
    "unknown_kind": {
        "fr": "« {text} » n’est pas une sorte d’accord connue : contrat, frais de sortie, accord tacite, préférence ou promesse.",
        "en": "“{text}” is no known kind of agreement: contract, exit fee, tacit agreement, preference or promise.",
    },
    "unknown_interaction": {
        "fr": "La ligne se rapporte à un échange ou à une commande que nous n’avons pas encore. Importez d’abord le fichier qui les contient, puis celui-ci à nouveau.",
        "en": "The row speaks of an interaction or an order that we do not have yet. Import the file that holds them first, then this one again.",
    },
    "said_twice": {
        "fr": "Le fichier contient déjà cette clé avec un autre contenu : laquelle des deux lignes est la bonne ?",
        "en": "The file already has this key with other content: which of the two rows is right?",
    },
    "identities_disagree": {
        "fr": "La ligne désigne plusieurs clients différents ({text}). Rien n’a été deviné.",
        "en": "The row names several different customers ({text}). Nothing was guessed.",
    },
    "unexpected": {
        "fr": "L’import s’est arrêté sur une erreur imprévue ({text}). Ce qui précède est gardé ; reprenez-le.",
        "en": "The import stopped on an unforeseen error ({text}). What precedes is kept; resume it.",
    },
}

NOTICES: dict[str, dict[str, str]] = {
    "encoding_guessed": {
        "fr": "Le fichier n’est pas en UTF-8 ; nous le lisons comme {encoding}. Si des accents sont faux, choisissez un autre encodage.",
        "en": "The file is not in UTF-8; we read it as {encoding}. If accents look wrong, choose another encoding.",
    },
    "mixed_encoding": {
        "fr": "Le fichier est en UTF-8, sauf {count} octets. Les lignes qui les contiennent sont refusées.",
        "en": "The file is in UTF-8, except for {count} bytes. The rows that hold them are refused.",
    },
    "file_cut_short": {
        "fr": "Le fichier compressé s’arrête avant sa fin. Ce qui a pu être lu l’a été.",
        "en": "The compressed file stops before its end. What could be read was read.",
    },
    "delimiter_guessed": {
        "fr": "Colonnes séparées par « {delimiter} ».",
        "en": "Columns separated by “{delimiter}”.",
    },
    "one_column": {
        "fr": "Une seule colonne a été trouvée. Si c’est une erreur, choisissez le séparateur.",
        "en": "Only one column was found. If this is wrong, choose the delimiter.",
    },
    "header_looks_like_a_row": {
        "fr": "La première ligne ressemble à des données plutôt qu’à des noms de colonnes. Dites-nous si le fichier n’a pas d’en-têtes.",
        "en": "The first row looks like values rather than names of columns. Tell us if the file has no headers.",
    },
    "preamble_skipped": {
        "fr": "Les {lines} premières lignes, au-dessus des en-têtes, ne sont pas des données et ont été sautées.",
        "en": "The first {lines} lines, above the headers, are no rows and were skipped.",
    },
    "duplicate_headers": {
        "fr": "Plusieurs colonnes portaient le même nom ; elles ont été numérotées : {columns}.",
        "en": "Several columns had the same name; they were numbered: {columns}.",
    },
    "unnamed_columns": {
        "fr": "Des colonnes n’ont pas de nom ; elles sont appelées par leur rang : {columns}.",
        "en": "Some columns have no name; they are called by their place: {columns}.",
    },
    "several_sheets": {
        "fr": "Le classeur a plusieurs feuilles ({sheets}). Nous lisons « {chosen} ».",
        "en": "The workbook has several sheets ({sheets}). We read “{chosen}”.",
    },
    "several_record_paths": {
        "fr": "Le document contient plusieurs listes ({paths}). Nous lisons « {chosen} ».",
        "en": "The document holds several lists ({paths}). We read “{chosen}”.",
    },
    "ambiguous_day_month": {
        "fr": "Dans « {column} », rien ne dit si {example} commence par le jour ou par le mois. Choisissez.",
        "en": "In “{column}”, nothing tells whether {example} begins with the day or the month. Please choose.",
    },
    "scale_guessed": {
        "fr": "« {column} » est lue comme une note de {lowest} à {highest} ({instrument}). Corrigez l’échelle si besoin.",
        "en": "“{column}” is read as a score from {lowest} to {highest} ({instrument}). Correct the scale if need be.",
    },
    "shape_unknown": {
        "fr": "Nous ne reconnaissons pas l’outil d’où vient ce fichier ; le sens des colonnes est deviné. Vérifiez-le.",
        "en": "We do not recognise the tool this file comes from; what its columns mean was guessed. Please check.",
    },
    "shape_unverified": {
        "fr": "Ce fichier ressemble à un export {shape}, que nous n’avons jamais vu en vrai. Vérifiez le sens des colonnes.",
        "en": "This file looks like an export of {shape}, which we have never seen for real. Check what its columns mean.",
    },
    "own_domain_guessed": {
        "fr": "Votre adresse semble être @{domain} : les messages qui en partent sont ceux de votre entreprise.",
        "en": "Your address seems to be @{domain}: messages sent from it are taken as your firm’s.",
    },
    "own_domain_unknown": {
        "fr": "Rien ne dit quelles adresses sont les vôtres ; tous les messages sont pris pour des messages reçus. Indiquez votre domaine.",
        "en": "Nothing tells which addresses are yours; every message is taken as received. Tell us your domain.",
    },
    "who_is_the_firm": {
        "fr": "Qui, dans cette conversation, parle pour votre entreprise ? Participants : {authors}.",
        "en": "Who in this chat speaks for your firm? People: {authors}.",
    },
    "customers_first": {
        "fr": "À importer après le fichier des clients : lui seul dit quelles commandes sont de la même personne.",
        "en": "To be imported after the file of customers: it alone tells which orders are of the same person.",
    },
    "orders_first": {
        "fr": "À importer après le fichier des commandes : une ligne dont la commande n’est pas connue sera rejetée.",
        "en": "To be imported after the file of orders: a row whose order is not known will be rejected.",
    },
    "money_elsewhere": {
        "fr": "« {column} » n’est pas importée : le même argent se trouve dans le fichier « {where} » et compterait double.",
        "en": "“{column}” is left out: the same money stands in the “{where}” file and would count twice.",
    },
}


def sentence(said: Reason | Notice, language: str) -> str:
    """What a reason or a notice says, in `fr` or `en`, with the language's spacing.

    A fact that is not given shows as an ellipsis: many rows may share a reason, not its facts.

    >>> sentence(Reason("too_few_cells", {"have": "3", "want": "5"}), "en")
    'The row has 3 cells instead of 5: nothing tells which are missing.'
    """
    template = (REASONS | ROW_REASONS | NOTICES)[said.code][language]
    return (spaced(template) if language == "fr" else template).format_map(_Facts(said.facts))


def spaced(text: str) -> str:
    """French text with no-break spaces where a line must not break."""
    for mark in ":;?!»":
        text = text.replace(f" {mark}", f"{NB}{mark}")
    return text.replace("« ", f"«{NB}")


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "…"

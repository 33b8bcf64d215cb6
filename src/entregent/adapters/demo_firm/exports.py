"""Part of the evidence as the export files that such firms really have, to import by hand or in tests.

Each file speaks the dialect of its source: semicolons and Windows-1252 for the old customer
system, a workbook for premiums, nested JSON for the help desk, mbox for the mailbox, a telephony
CSV in Unix seconds, a survey CSV in which a few rows are wrong, as they are in life.
"""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from entregent.adapters.demo_firm.firm import DemoFirm
from entregent.adapters.demo_firm.setting import PARIS

Row = Mapping[str, Any]
MAILBOX = "contact@sauvelande.example"
SWITCHBOARD = "+33536490100"
BAD_SURVEY_ROWS = (
    ["nps-900001", "", "30/02/2026", "nps", "10", "date impossible"],
    ["nps-900002", "inconnu@courriel.example", "", "nps", "7", "sans date"],
    ["nps-900003", "", "12/03/2026", "nps", "11", "hors échelle"],
    ["nps-900004", "", "12/03/2026", "nps", "neuf", "en toutes lettres"],
)


def write_exports(firm: DemoFirm, folder: Path) -> dict[str, Path]:
    """Write the export files into the folder, made if absent; returns them by the name of the source."""
    folder.mkdir(parents=True, exist_ok=True)
    writers: dict[str, tuple[str, Callable[[DemoFirm, Path], None]]] = {
        "crm": ("societaires.csv", _write_customers),
        "premiums": ("cotisations.xlsx", _write_premiums),
        "helpdesk": ("zendesk_tickets.json", _write_tickets),
        "mailbox": ("boite_contact.mbox", _write_mailbox),
        "telephony": ("aircall_appels.csv", _write_calls),
        "surveys": ("enquetes_nps.csv", _write_surveys),
        "reviews": ("avis_trustpilot.json", _write_reviews),
    }
    written = {}
    for source, (name, write) in writers.items():
        written[source] = folder / name
        write(firm, written[source])
    return written


def _rows(firm: DemoFirm, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = firm.tables[table].to_pylist()
    return rows


def _identity(firm: DemoFirm, scheme: str) -> dict[int, str]:
    return {
        row["customer_id"]: row["value"]
        for row in _rows(firm, "identities")
        if row["scheme"] == scheme
    }


def _french_day(moment: datetime) -> str:
    return moment.astimezone(PARIS).strftime("%d/%m/%Y")


def _write_customers(firm: DemoFirm, path: Path) -> None:
    emails, phones = _identity(firm, "email"), _identity(firm, "phone")
    numbers = _identity(firm, "crm:societaire")
    with path.open("w", encoding="cp1252", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(
            [
                "N° sociétaire",
                "Nature",
                "Nom",
                "Courriel",
                "Téléphone",
                "Langue",
                "Adhésion",
                "Agence",
            ]
        )
        for row in _rows(firm, "customers"):
            key = row["customer_id"]
            if key not in numbers:
                continue
            attributes = json.loads(row["attributes"])
            writer.writerow(
                [
                    numbers[key],
                    "Entreprise" if row["kind"] == "organisation" else "Particulier",
                    row["name"],
                    emails.get(key, ""),
                    _national(phones.get(key, "")),
                    row["language"],
                    row["since"].strftime("%d/%m/%Y"),
                    attributes.get("agence", ""),
                ]
            )


def _national(phone: str) -> str:
    """
    >>> _national("+33639980042")
    '06 39 98 00 42'
    """
    digits = phone.replace("+33", "0")
    return " ".join(digits[place : place + 2] for place in range(0, len(digits), 2))


def _write_premiums(firm: DemoFirm, path: Path) -> None:
    numbers = _identity(firm, "crm:societaire")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Mouvements")
    sheet.append(["Référence", "N° sociétaire", "Date", "Libellé", "Nature", "Montant", "Devise"])
    for row in _rows(firm, "transactions"):
        sheet.append(
            [
                f"MVT{row['transaction_id']:07d}",
                int(numbers[row["customer_id"]]),
                row["at"].astimezone(PARIS).replace(tzinfo=None),
                row["product"],
                row["kind"],
                float(row["amount"]),
                row["currency"],
            ]
        )
    book.save(path)


def _write_tickets(firm: DemoFirm, path: Path) -> None:
    emails = _identity(firm, "email")
    by_case: dict[int, list[Row]] = {}
    for row in _rows(firm, "interactions"):
        if row["case_id"] is not None and row["text"]:
            by_case.setdefault(row["case_id"], []).append(row)
    tickets = [
        _ticket(case, by_case.get(case["case_id"], []), emails) for case in _rows(firm, "cases")
    ]
    content = json.dumps({"tickets": tickets}, ensure_ascii=False, indent=1)
    path.write_text(content, encoding="utf-8")


def _ticket(case: Row, said: Iterable[Row], emails: Mapping[int, str]) -> dict[str, Any]:
    status = {"open": "new", "pending": "pending", "resolved": "solved", "closed": "closed"}
    requester = case["customer_id"]
    last = case["closed_at"] or case["resolved_at"] or case["opened_at"]
    return {
        "id": case["case_id"],
        "external_id": None,
        "via": {"channel": "email", "source": {"from": {"address": emails.get(requester)}}},
        "created_at": _iso(case["opened_at"]),
        "updated_at": _iso(last),
        "type": {"request": "task", "complaint": "problem"}.get(case["kind"], "incident"),
        "subject": case["cause"],
        "priority": {"low": "low", "medium": "normal", "high": "high"}.get(
            case["severity"], "urgent"
        ),
        "status": status.get(case["status"], "hold"),
        "requester_id": requester,
        "tags": [case["kind"], case["cause"].replace(" ", "_")],
        "custom_fields": [
            {"id": 1, "value": case["remedy_asked"]},
            {"id": 2, "value": case["remedy_given"]},
        ],
        "comments": [
            {
                "created_at": _iso(row["at"]),
                "public": row["direction"] != "internal",
                "author_id": requester if row["direction"] == "in" else row["agent_id"],
                "plain_body": row["text"],
            }
            for row in said
        ],
    }


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_mailbox(firm: DemoFirm, path: Path) -> None:
    emails = _identity(firm, "email")
    names = {row["customer_id"]: row["name"] for row in _rows(firm, "customers")}
    last_reply: dict[int, Row] = {}
    with path.open("wb") as file:
        for row in _rows(firm, "interactions"):
            key = row["customer_id"]
            if row["channel"] != "email" or not row["text"] or key not in emails:
                continue
            if row["direction"] == "out":
                last_reply[key] = row
                continue
            message = _message(row, emails[key], names[key], last_reply.get(key))
            stamp = row["at"].strftime("%a %b %d %H:%M:%S %Y")
            body = message.as_bytes().replace(b"\nFrom ", b"\n>From ")
            file.write(f"From {emails[key]} {stamp}\n".encode() + body + b"\n\n")


def _message(row: Row, address: str, name: str, answered: Row | None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f'"{name}" <{address}>'
    message["To"] = MAILBOX
    message["Date"] = format_datetime(row["at"])
    message["Message-ID"] = f"<{row['interaction_id']}@sauvelande.example>"
    message["Subject"] = row["activity"] if answered is None else f"Re: {row['activity']}"
    text = row["text"]
    if answered is not None:
        quoted = "\n".join(f"> {line}" for line in answered["text"].splitlines())
        when = _french_day(answered["at"])
        text += f"\n\nLe {when}, La Sauvelande <{MAILBOX}> a écrit :\n{quoted}"
    message.set_content(text + "\n")
    return message


def _write_calls(firm: DemoFirm, path: Path) -> None:
    phones = _identity(firm, "phone")
    columns = "id,direction,status,missed_call_reason,started_at,answered_at,ended_at,duration,raw_digits,user,number,tags,comments,recording"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns.split(","))
        for row in _rows(firm, "interactions"):
            if row["channel"] == "phone":
                writer.writerow(_call_row(row, phones))


def _call_row(row: Row, phones: Mapping[int, str]) -> list[Any]:
    started = int(row["at"].timestamp())
    wait, handle = row["wait_seconds"] or 0, row["handle_seconds"] or 0
    missed = bool(row["abandoned"])
    ended = started + int(wait + handle)
    return [
        row["interaction_id"],
        "inbound" if row["direction"] == "in" else "outbound",
        "done",
        "abandoned_in_classic" if missed else "",
        started,
        "" if missed else started + int(wait),
        ended,
        ended - started,
        phones.get(row["customer_id"], "anonymous"),
        row["agent_id"] or "",
        SWITCHBOARD,
        row["activity"],
        row["text"] or "",
        "",
    ]


def _write_surveys(firm: DemoFirm, path: Path) -> None:
    """NPS answers, one line a response, with a few wrong rows and a last line cut in half."""
    emails = _identity(firm, "email")
    responses: dict[str, dict[str, Any]] = {}
    for row in _rows(firm, "answers"):
        if row["instrument"] == "nps":
            response = responses.setdefault(
                row["response_id"], {"at": row["at"], "key": row["customer_id"]}
            )
            response[row["item"]] = row["text"] if row["value"] is None else int(row["value"])
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["response_id", "email", "date", "instrument", "note", "commentaire"])
        bad = iter(BAD_SURVEY_ROWS)
        for rank, (response_id, response) in enumerate(responses.items()):
            if rank % 50 == 25:
                wrong = next(bad, None)
                if wrong:
                    writer.writerow(wrong)
            writer.writerow(
                [
                    response_id,
                    emails.get(response["key"], ""),
                    _french_day(response["at"]),
                    "nps",
                    response.get("recommend", ""),
                    response.get("comment", ""),
                ]
            )
        file.write('nps-900005,coupe@courriel.example,"12/0')


def _write_reviews(firm: DemoFirm, path: Path) -> None:
    stars = {
        (row["customer_id"], row["at"]): int(row["value"])
        for row in _rows(firm, "answers")
        if row["instrument"] == "stars"
    }
    names = {row["customer_id"]: row["name"] for row in _rows(firm, "customers")}
    reviews = [
        {
            "id": f"rv{row['interaction_id']}",
            "stars": stars.get((row["customer_id"], row["at"])),
            "title": row["text"].split(".")[0][:60],
            "text": row["text"],
            "language": row["language"],
            "createdAt": _iso(row["at"]),
            "updatedAt": None,
            "isVerified": True,
            "companyReply": None,
            "consumer": {
                "id": f"c{row['customer_id']:06d}",
                "displayName": names[row["customer_id"]].split(" ")[0],
            },
        }
        for row in _rows(firm, "interactions")
        if row["channel"] == "review" and row["direction"] == "in" and row["text"]
    ]
    path.write_text(json.dumps(reviews, ensure_ascii=False, indent=1), encoding="utf-8")

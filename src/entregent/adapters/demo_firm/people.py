"""The people: who they are, how they came, how they live and how they write."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from entregent.adapters.demo_firm.bonds import bond_for
from entregent.adapters.demo_firm.setting import CLOSING_AGENCY, Adviser, Setting
from entregent.adapters.demo_firm.stock import Speaker, names, without_accent_slug

# Ranges kept for fiction: ARCEP decision 2018-0881, by first two digits.
FICTION = {"01": "19900", "02": "26191", "03": "35301", "04": "46571", "05": "53649"}
FICTION_MOBILE = "63998"
MAIL_DOMAINS = ("courriel.example", "boite.example", "messagerie.example", "lalettre.example")
PRODUCTS = ("auto", "habitation", "santé", "prévoyance")
AGENCY_SHARE = (16, 13, 14, 13, 7, 6, 9, 6, 10, 8, 5, 4)


@dataclass(slots=True)
class Voice:
    """How a person writes."""

    register: str  # plain, formal, young, blunt or chatty
    care: float
    irony: float
    heat: float
    regional: bool
    signs: str


@dataclass(slots=True)
class Policy:
    """One contract, and what holds the customer to it."""

    number: str
    product: str
    monthly: float
    yearly_payment: bool
    by_cheque: bool
    begins: date
    ends: date | None = None
    engaged_until: date | None = None
    exit_fee: int = 0
    pledge: str = ""


@dataclass(slots=True)
class Person:
    customer_id: int
    organisation: bool
    gender: str
    first: str
    last: str
    company: str
    born: int
    language: str
    town: str
    agency: str
    since: date
    came_by: str
    adviser: Adviser
    voice: Voice
    bond: str
    email: str
    phone: str
    channels: dict[str, float]
    policies: list[Policy] = field(default_factory=list)
    partner: str = ""
    kids: list[str] = field(default_factory=list)
    pet: str = ""
    car: str = ""
    household: int | None = None
    online: bool = False

    @property
    def name(self) -> str:
        return self.company if self.organisation else f"{self.first} {self.last}"

    def age(self, day: date) -> int:
        return day.year - self.born

    def speaker(self, day: date) -> Speaker:
        return Speaker(self.gender, self.age(day), self.language, self.adviser.gender)

    def live_policies(self, day: date) -> list[Policy]:
        return [p for p in self.policies if p.begins <= day and (p.ends is None or p.ends > day)]


def population(rng: Random, setting: Setting, customers: int) -> list[Person]:
    """So many people and firms, some under one roof, in the order the firm numbered them."""
    people: list[Person] = []
    while len(people) < customers:
        number = len(people) + 1
        if people and rng.random() < 0.07 and not people[-1].organisation:
            people.append(_partner_of(rng, setting, people[-1], number))
        else:
            people.append(_person(rng, setting, number))
    return people


def _person(rng: Random, setting: Setting, number: int) -> Person:
    organisation = rng.random() < 0.04
    english = not organisation and rng.random() < 0.095
    agency = rng.choices([name for name, _ in names()["agencies"]], AGENCY_SHARE)[0]
    if english and rng.random() < 0.7:
        agency = rng.choice(("Périgueux", "Auch", "Agen", "Brive"))
    town, area = rng.choice(names()["towns"][agency]), "05"
    if not english and rng.random() < 0.07:
        town, area = rng.choice(names()["away"])
    born = setting.today.year - _age(rng, english=english)
    gender = rng.choice("fm")
    first, last = _name(rng, gender, born, english=english)
    came_by = _came_by(rng, setting.today.year - born, english=english)
    tenure = _tenure_years(rng, setting.today.year - born, came_by)
    since = setting.today - timedelta(days=round(tenure * 365.25))
    adviser = rng.choice(setting.of_agency(agency))
    bond = bond_for(rng, tenure_years=tenure, came_by=came_by, organisation=organisation)
    company = rng.choice(names()["companies"]).format(last=last) if organisation else ""
    person = Person(
        customer_id=number,
        organisation=organisation,
        gender=gender,
        first=first,
        last=last,
        company=company,
        born=born,
        language="en" if english else "fr",
        town=town,
        agency=agency,
        since=since,
        came_by=came_by,
        adviser=adviser,
        voice=_voice(rng, setting.today.year - born, organisation=organisation, english=english),
        bond=bond,
        email=_email(rng, first, last, number, company),
        phone=_phone(number, area, setting.today.year - born, rng),
        channels={},
    )
    _settle(rng, setting, person)
    return person


def _partner_of(rng: Random, setting: Setting, other: Person, number: int) -> Person:
    """Somebody who shares the roof, often the e-mail or the telephone, seldom the bond."""
    partner = _person(rng, setting, number)
    partner.organisation, partner.company = False, ""
    partner.gender = "m" if other.gender == "f" else "f"
    partner.born = other.born + rng.randrange(-5, 6)
    english = other.language == "en"
    partner.first, own_name = _name(rng, partner.gender, partner.born, english=english)
    partner.last = other.last if rng.random() < 0.75 else own_name
    partner.language, partner.town, partner.agency = other.language, other.town, other.agency
    partner.adviser, partner.household = other.adviser, other.customer_id
    other.household = other.customer_id
    partner.email = (
        other.email if rng.random() < 0.5 else _email(rng, partner.first, partner.last, number, "")
    )
    if rng.random() < 0.4:
        partner.phone = other.phone
    partner.voice = _voice(
        rng, setting.today.year - partner.born, organisation=False, english=english
    )
    partner.partner = "ma femme" if other.gender == "f" else "mon mari"
    other.partner = "mon mari" if other.gender == "f" else "ma femme"
    partner.policies = [p for p in partner.policies if p.product in {"santé", "prévoyance", "auto"}]
    if not partner.policies:
        partner.policies = [_policy(rng, partner, "santé", setting)]
    return partner


def _age(rng: Random, *, english: bool) -> int:
    if english:
        return round(min(84, max(34, rng.gauss(61, 10))))
    return round(min(92, max(19, rng.gauss(51, 17))))


def _name(rng: Random, gender: str, born: int, *, english: bool) -> tuple[str, str]:
    side = "women" if gender == "f" else "men"
    if english:
        return rng.choice(names()[f"english_{side}"]), rng.choice(names()["english_last"])
    generations = names()[side]
    closest = min(generations, key=lambda year: abs(int(year) + 5 - born))
    return rng.choice(generations[closest]), rng.choice(names()["last"])


def _came_by(rng: Random, age: int, *, english: bool) -> str:
    ways = ("agency", "web", "comparator", "friend", "parents", "employer", "bank", "elsewhere")
    weights = [30, 14, 12, 16, 14, 10, 4, 4]
    if age < 35:
        weights = [10, 26, 22, 12, 18, 10, 2, 4]
    elif age > 62:
        weights = [44, 5, 4, 18, 18, 5, 4, 2]
    if english:
        weights = [30, 12, 4, 40, 0, 3, 6, 5]
    return rng.choices(ways, weights)[0]


def _tenure_years(rng: Random, age: int, came_by: str) -> float:
    if came_by == "elsewhere":
        return rng.uniform(0.1, 3.5)
    longest = max(0.6, age - 19)
    mean = {"web": 3.5, "comparator": 2.2, "employer": 5.0, "parents": 16.0}.get(came_by, 11.0)
    return min(longest, 0.08 + rng.expovariate(1 / mean))


def _voice(rng: Random, age: int, *, organisation: bool, english: bool) -> Voice:
    if organisation:
        register = rng.choices(("plain", "blunt", "formal"), (70, 15, 15))[0]
        return Voice(register, rng.uniform(0.7, 1), 0.1, 0.3, regional=False, signs="company")
    if age < 33:
        weights = (48, 1, 34, 8, 9)
    elif age > 66:
        weights = (40, 34, 0, 6, 20)
    else:
        weights = (58, 8, 4, 14, 16)
    register = rng.choices(("plain", "formal", "young", "blunt", "chatty"), weights)[0]
    care = rng.betavariate(3.2, 1.6)
    if register == "formal":
        care = max(care, 0.8)
    if register == "young":
        care *= 0.75
    if english:
        care = max(care, 0.86)
    return Voice(
        register,
        care,
        irony=rng.betavariate(1.2, 4),
        heat=rng.betavariate(2, 3),
        regional=not english and rng.random() < 0.12,
        signs=rng.choices(("full", "first", "title", "none", "number"), (52, 14, 12, 14, 8))[0],
    )


def _email(rng: Random, first: str, last: str, number: int, company: str) -> str:
    if company:
        return f"contact@{without_accent_slug(company)}-{number}.example"
    forms = ("{f}.{l}", "{f}{l}", "{i}.{l}", "{l}.{f}", "{f}.{l}{n}", "{i}{l}{n}")
    local = rng.choice(forms).format(
        f=without_accent_slug(first),
        l=without_accent_slug(last),
        i=without_accent_slug(first)[0],
        n=number % 100,
    )
    return f"{local}.{number}@{rng.choice(MAIL_DOMAINS)}"


def _phone(number: int, area: str, age: int, rng: Random) -> str:
    """A number of its own in the ranges that nobody can be given."""
    if age > 70 and rng.random() < 0.6:
        return f"+33{FICTION[area]}{number % 10_000:04d}"
    return f"+33{FICTION_MOBILE}{number % 10_000:04d}"


def _settle(rng: Random, setting: Setting, person: Person) -> None:
    age = person.age(setting.today)
    if person.organisation:
        person.channels = {
            "phone": 3,
            "email": 5,
            "app": 0.2,
            "chat": 0.3,
            "letter": 0.3,
            "shop": 1,
        }
    elif age > 68:
        person.channels = {
            "phone": 6,
            "email": 1.2,
            "app": 0.2,
            "chat": 0.1,
            "letter": 1.4,
            "shop": 2.2,
        }
    elif age < 34:
        person.channels = {
            "phone": 2,
            "email": 2,
            "app": 3,
            "chat": 2.5,
            "letter": 0.02,
            "shop": 0.4,
        }
    else:
        person.channels = {
            "phone": 4,
            "email": 3,
            "app": 1.3,
            "chat": 0.9,
            "letter": 0.15,
            "shop": 0.8,
        }
    for channel in person.channels:
        person.channels[channel] *= rng.lognormvariate(0, 0.7)
    if not person.partner and not person.organisation and rng.random() < 0.58:
        person.partner = rng.choice(
            ("mon mari", "mon mari", "mon compagnon")
            if person.gender == "f"
            else ("ma femme", "ma femme", "ma compagne")
        )
        if person.language == "en":
            person.partner = "my husband" if person.gender == "f" else "my wife"
    if age > 26 and not person.organisation:
        person.kids = [
            rng.choice(("ma fille", "mon fils")) for _ in range(rng.choice((0, 0, 1, 2, 2, 3)))
        ]
    if rng.random() < 0.3:
        person.pet = rng.choice(names()["pets"])
    person.car = rng.choice(names()["cars"])
    person.online = age < 45 and rng.random() < 0.4
    person.policies = [
        _policy(rng, person, product, setting) for product in _products(rng, person, age)
    ]


def _products(rng: Random, person: Person, age: int) -> list[str]:
    if person.organisation:
        wanted = {"multirisque professionnelle": 0.85, "flotte": 0.4, "responsabilité civile": 0.6}
    elif person.came_by == "employer":
        wanted = {"auto": 0.2, "habitation": 0.2, "santé": 0.97, "prévoyance": 0.3}
    else:
        wanted = {
            "auto": 0.7 if age < 82 else 0.45,
            "habitation": 0.62,
            "santé": 0.26 if age < 58 else 0.46,
            "prévoyance": 0.13,
        }
    if person.bond in {"stranger", "courtship"} and rng.random() < 0.4:
        return []
    if person.bond == "one_night_stand":
        return ["auto temporaire"]
    if person.bond == "situational_friend":
        return [rng.choice(("santé", "prévoyance", "auto"))]
    chosen = [product for product, share in wanted.items() if rng.random() < share]
    return chosen or [rng.choice(list(wanted)[:2])]


def _policy(rng: Random, person: Person, product: str, setting: Setting) -> Policy:
    age = person.age(setting.today)
    monthly = {
        "auto": rng.lognormvariate(3.75, 0.28) * (1.5 if age < 26 else 1),
        "habitation": rng.lognormvariate(3.1, 0.33),
        "santé": rng.lognormvariate(3.35, 0.3) + max(0, age - 30) * 1.15,
        "prévoyance": rng.lognormvariate(3.0, 0.4),
        "auto temporaire": rng.uniform(38, 90),
        "multirisque professionnelle": rng.lognormvariate(5.0, 0.6),
        "flotte": rng.lognormvariate(5.2, 0.6),
        "responsabilité civile": rng.lognormvariate(4.2, 0.45),
    }[product]
    days_since = (setting.today - person.since).days
    first = rng.random() < 0.6 or days_since < 90
    begins = person.since if first else person.since + timedelta(days=rng.randrange(days_since))
    policy = Policy(
        number=f"{product[:2].upper().replace('É', 'E')}-{200_000 + person.customer_id * 7 + len(product)}",
        product=product,
        monthly=round(monthly, 2),
        yearly_payment=rng.random() < (0.45 if age > 60 else 0.22),
        by_cheque=rng.random() < (0.42 if age > 64 else 0.1),
        begins=begins,
    )
    if product == "auto temporaire":
        policy.begins = setting.first_day + timedelta(days=rng.randrange(500))
        person.since = policy.begins
        policy.ends = policy.begins + timedelta(days=rng.randrange(2, 30))
        policy.yearly_payment = True
    elif rng.random() < (0.8 if person.bond == "captive" else 0.14):
        start = max(begins, setting.first_day - timedelta(days=rng.randrange(0, 300)))
        policy.engaged_until = start + timedelta(days=730)
        policy.exit_fee = rng.choice((45, 60, 80, 120))
        if rng.random() < 0.4:
            policy.pledge = rng.choice(
                ("franchise offerte dès la première année", "prix garanti pendant l'engagement")
            )
    return policy


def touched_by_closing(person: Person) -> bool:
    return person.agency == CLOSING_AGENCY and person.voice.register != "young"

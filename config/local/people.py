"""The customers of the paper shop."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A customer of the paper shop."""

    name: str
    email: str
    city: str
    country: str
    locale: str = "en"


ADA = Person("Ada Okafor", "ada@example.com", "London", "GB")
BRUNO = Person("Bruno Keller", "bruno@example.com", "Zürich", "CH", "de")
CHIYO = Person("Chiyo Tanaka", "chiyo@example.com", "Kyoto", "JP", "ja")
DARA = Person("Dara Nowak", "dara@example.com", "Kraków", "PL", "pl")
ELIF = Person("Elif Demir", "elif@example.com", "Berlin", "DE", "de")
FELIX = Person("Félix Moreau", "felix@example.com", "Lyon", "FR", "fr")
GRACE = Person("Grace Hall", "grace@example.com", "Portland", "US")
HUGO = Person("Hugo Silva", "hugo@example.com", "Porto", "PT", "pt")
PEOPLE = [ADA, BRUNO, CHIYO, DARA, ELIF, FELIX, GRACE, HUGO]

"""The order in which Stripe lists: by ``created``, and what came later is newer among equals."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

_Moment = tuple[int, int, str]


class Chronology:
    """Ids of one kind by their ``created``. A row that appears late stands where its moment says."""

    def __init__(self) -> None:
        self._moments: list[_Moment] = []
        self._of: dict[str, _Moment] = {}
        self._count = 0

    def put(self, id_: str, created: int) -> None:
        """Keep the id at its moment; an id whose moment has changed moves."""
        known = self._of.get(id_)
        if known is not None and known[0] == created:
            return
        self.drop(id_)
        self._count += 1
        moment = (created, self._count, id_)
        insort(self._moments, moment)
        self._of[id_] = moment

    def drop(self, id_: str) -> None:
        """Forget the id."""
        moment = self._of.pop(id_, None)
        if moment is not None:
            del self._moments[bisect_left(self._moments, moment)]

    def newest_first(
        self, *, since: int | None = None, until: int | None = None, start: str | None = None
    ) -> Iterator[str]:
        """Ids created from ``since`` to ``until``, both included; from the id ``start`` on, if given."""
        low = 0 if since is None else bisect_left(self._moments, (since, 0, ""))
        high = len(self._moments) if until is None else bisect_left(self._moments, (until + 1, 0, ""))
        if start is not None and start in self._of:
            place = bisect_left(self._moments, self._of[start])
            low, high = min(low, place), place + 1
        return (self._moments[place][2] for place in range(high - 1, low - 1, -1))

    def sorted(self, ids: Iterable[str]) -> list[str]:
        """Those of the ids that are known, newest first."""
        return sorted((id_ for id_ in ids if id_ in self._of), key=self._of.__getitem__, reverse=True)

    def clear(self) -> None:
        """Forget everything."""
        self._moments.clear()
        self._of.clear()

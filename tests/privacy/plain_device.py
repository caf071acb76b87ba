"""Whose a device is, told again from sections 3 and 5 of the design, slowly and plainly."""

DAY_MS = 24 * 3600 * 1000
AMBIGUOUS = "ambiguous"


class PlainDevice:
    """One device by sections 3 and 5 of the design, each sentence a method, asked anew for every instant.

    Args:
        serial: The device.
        told: The devices that a person's records of an instant name.
        firsts: When each person's first record is.
    """

    def __init__(self, serial: str, told: dict[tuple[int, str], set[str]], firsts: dict[str, int]) -> None:
        self.serial, self.told, self.firsts = serial, told, firsts
        self.instants = sorted({at for at, _ in told})
        self.namings = [(at, who) for (at, who), serials in sorted(told.items()) if serial in serials]
        self.claims: list[tuple[int, str]] = []
        self.disputes: list[tuple[int, int, str | None]] = []
        self._tell_disputes()

    def _words(self, who: str, at: int) -> list[tuple[int, set[str]]]:
        return sorted((u, named) for (u, p), named in self.told.items() if p == who and u <= at)

    def _names(self, who: str, at: int) -> bool:
        """Whether the newest records of a person up to a time name the device."""
        words = self._words(who, at)
        return bool(words) and self.serial in words[-1][1]

    def _live(self, at: int) -> set[str]:
        return {who for who in self.firsts if self._names(who, at)}

    def _is_claim(self, at: int, who: str, *, is_disputed: bool) -> bool:
        """Whether a naming is of a device that was not theirs: they had not named it, or since then they
        named another, or somebody else claimed it and they are not its undisputed owner since."""
        words = [word for word in self._words(who, at) if word[0] < at]
        if not words or self.serial not in words[-1][1]:
            return True
        if not is_disputed and self._before(at) == who:
            return False
        mine = max(u for u, p in self.claims if p == who and u < at)
        return any(mine <= u < at and p != who for u, p in self.claims)

    def _tell_disputes(self) -> None:
        """From which claim, until when, and who is left, "" if they must name it anew."""
        begin: int | None = None
        late: set[str] = set()
        for at in self.instants:
            namers = [who for u, who in self.namings if u == at]
            claimants = [who for who in namers if self._is_claim(at, who, is_disputed=begin is not None)]
            for who in claimants:
                self.claims.append((at, who))
                two = [v for v, p in self.claims if at - 7 * DAY_MS <= v <= at and p != who]
                many = [(v, p) for v, p in self.claims if at - 30 * DAY_MS <= v <= at]
                begins = two + ([min(many)[0]] if len({p for _, p in many}) > 3 else [])
                if begins:
                    late = late if begin is not None else set()
                    begin = min(begins) if begin is None else min(begin, *begins)
                elif begin is not None:
                    late.add(who)
            if begin is None:
                continue
            left = {who for v, who in self.claims if begin <= v and self._names(who, at)}
            if len(left) < 2:
                one = min(left, default=None)
                self.disputes.append((begin, at, "" if one and late - {one} else one))
                begin = None
        if begin is not None:
            self.disputes.append((begin, 10**18, None))

    def standing(self, at: int) -> str | None:
        if any(begin <= at < end for begin, end, _ in self.disputes):
            return AMBIGUOUS
        if not self.namings:
            return None
        first = self.namings[0][0]
        if at < first:
            whose = self.after(first)
            is_first = whose and whose != AMBIGUOUS and self.firsts[whose] == first
            if not is_first or any(begin == first for begin, _, _ in self.disputes):
                return None
        else:
            whose = self.after(max(u for u in self.instants if u <= at))
        if whose in (None, AMBIGUOUS):
            return whose
        return "handover" if any(abs(at - u) <= DAY_MS for u in self.handovers()) else whose

    def _before(self, at: int) -> str | None:
        earlier = [u for u in self.instants if u < at]
        stood = self.after(max(earlier)) if earlier else None
        return stood if stood in (None, AMBIGUOUS) or self._names(stood or "", at) else None

    def after(self, at: int) -> str | None:
        """Whose it is from an instant on, until the next, but for disputes that are still open."""
        stood = self._named(at)
        ended = [left for _, end, left in self.disputes if end == at]
        if stood == AMBIGUOUS or not ended:
            return stood
        return AMBIGUOUS if ended[0] == "" else ended[0]

    def _named(self, at: int) -> str | None:
        namers = {who for u, who in self.namings if u == at}
        stood, live = self._before(at), self._live(at)
        if not namers:
            return None if stood == AMBIGUOUS and not live else stood
        claimants = {who for u, who in self.claims if u == at}
        again = any(u < at and who in claimants for u, who in self.namings)
        beside = any(len(self.told[at, who]) > 1 for who in namers)
        if beside or (again and len(live) > 1) or (len(namers) > 1 and claimants != namers):
            return AMBIGUOUS
        if stood == AMBIGUOUS and (len(namers) > 1 or live != namers):
            return AMBIGUOUS
        # Two who claim it at one instant dispute it; until that ends it is nobody's.
        return min(namers) if len(namers) == 1 else None

    def handovers(self) -> list[int]:
        named = [
            u for u in {u for u, _ in self.namings}
            if len({p for v, p in self.namings if v <= u}) > 1
            and not self._before(u) == self._named(u) != AMBIGUOUS
        ]  # fmt: skip
        return named + [u for begin, end, _ in self.disputes for u in (begin, end)]

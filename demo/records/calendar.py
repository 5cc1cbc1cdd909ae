"""The story's dates, moved so that its last home reading is always about a week old."""

from dataclasses import dataclass
from datetime import date, timedelta

WRITTEN_FOR = date(2025, 11, 3)


@dataclass(frozen=True)
class StoryCalendar:
    """Turns a date of the written story into a date relative to the seeding day."""

    today: date

    @property
    def shift(self) -> timedelta:
        """Whole weeks, so that a clinic visit never lands on a Sunday."""
        return timedelta(days=(self.today - WRITTEN_FOR).days // 7 * 7)

    def date_of(self, written: str) -> date:
        return date.fromisoformat(written) + self.shift

    def day(self, written: str) -> str:
        return self.date_of(written).isoformat()

    def year(self, written: str) -> int:
        return self.date_of(written).year

    def moment(self, written: str, clock: str = "09:30:00") -> str:
        return f"{self.day(written)}T{clock}-06:00"

    def weekly(self, first: str, count: int) -> list[str]:
        start = date.fromisoformat(first)
        return [(start + timedelta(weeks=week)).isoformat() for week in range(count)]

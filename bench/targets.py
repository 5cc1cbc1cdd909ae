"""The figures of DESIGN part 4, for two cores and the load generator on the same machine."""

from __future__ import annotations

from bench.report import Target

READ = {
    "sqlite": Target("at least 0.35 x bare Flask", least=0.35),
    "postgresql": Target("at least 0.15 x bare Flask", least=0.15),
}
READ_P99 = {"p99": Target("p99 under 25 ms at 16 clients", most=25)}
READ_WITHOUT_AUDIT = Target("at least 0.60 x bare Flask with audit off", least=0.60)
SEARCH = Target("at least 0.20 x bare Flask", least=0.20)
GRANT = {
    "sqlite": Target("at least 1,200 grants/s", least=1200),
    "postgresql": Target("at least 600 grants/s", least=600),
}
GRANT_P95 = {"p95": Target("p95 under 25 ms", most=25)}
CYCLE = Target("at least 800 cycles/s", least=800)
INTROSPECTION = Target("at least 2,600/s", least=2600)
ASSESSMENT = Target("under 100 microseconds", most=100)
IMPORT = Target("at least 1,500 resources/s", least=1500)
IMPORT_MEMORY = Target("memory does not grow with the import (under 1.2 x)", most=1.2)
COLD_START = Target("under 10 s", most=10)
RESET = Target("under 3 s", most=3)
MEMORY = Target("under 150 MB per service process", most=150)
GROWTH = Target("at most 20 % longer than before", most=1.2)

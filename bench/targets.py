"""The figures to reach on two cores, with the load generator on the same machine.

Ratios are by CPU per operation against bare Flask in the same run; rates and times by the clock.
"""

from __future__ import annotations

from bench.report import Target

READ = {
    "sqlite": Target("at least 0.30 x bare Flask by CPU", least=0.30),
    "postgresql": Target("at least 0.15 x bare Flask by CPU", least=0.15),
}
READ_P99 = {"p99": Target("p99 under 25 ms at 16 clients", most=25)}
READ_WITHOUT_AUDIT = Target("at least 0.50 x bare Flask by CPU with audit off", least=0.50)
SEARCH = Target("at least 0.17 x bare Flask by CPU", least=0.17)
PERMISSION = Target("at most 600 microseconds of CPU", most=600)
GRANT = Target("at most 2,400 microseconds of CPU", most=2400)
GRANTS_ON_POSTGRESQL = Target("at least 600 grants/s", least=600)
CYCLE = Target("at least 800 cycles/s", least=800)
INTROSPECTION = Target("at most 450 microseconds of CPU", most=450)
ASSESSMENT = Target("under 100 microseconds", most=100)
IMPORT = Target("at least 1,000 resources for a second of CPU", least=1000)
IMPORT_MEMORY = Target("memory does not grow with the import (under 1.2 x)", most=1.2)
COLD_START = Target("under 10 s", most=10)
RESET = Target("under 3 s", most=3)
MEMORY = Target("under 150 MB per service process", most=150)
GROWTH = Target("at most 20 % more than before", most=1.2)

"""The published demo identity: one key pair, always the same, worth nothing anywhere else."""

__all__ = [
    "ACCESS_KEY",
    "C2C_MARGIN_ACCOUNT",
    "MARGIN_ACCOUNTS",
    "SECRET_KEY",
    "SPOT_ACCOUNT",
    "SUPER_MARGIN_ACCOUNT",
    "USER_ID",
]

ACCESS_KEY = "de3000de-0b0c1d2e-5afe5afe-10ca1"
SECRET_KEY = "0b0c1d2e-de3000de-10ca110c-a110c"  # noqa: S105 -- published on purpose: it opens nothing but this sandbox
USER_ID = 10_000_901
SPOT_ACCOUNT = 100_009
MARGIN_ACCOUNTS = {"btcusdt": 100_010, "dogeusdt": 100_012, "ethusdt": 100_013}
"""The isolated margin accounts that can be opened, by pair."""

SUPER_MARGIN_ACCOUNT = 100_011
C2C_MARGIN_ACCOUNT = 100_014

"""The published demo identity: one key pair, always the same, worth nothing anywhere else."""

__all__ = ["ACCESS_KEY", "MARGIN_ACCOUNT", "SECRET_KEY", "SPOT_ACCOUNT", "SUPER_MARGIN_ACCOUNT", "USER_ID"]

ACCESS_KEY = "de3000de-0b0c1d2e-5afe5afe-10ca1"
SECRET_KEY = "0b0c1d2e-de3000de-10ca110c-a110c"  # noqa: S105 -- published on purpose: it opens nothing but this sandbox
USER_ID = 10_000_901
SPOT_ACCOUNT = 100_009
MARGIN_ACCOUNT = 100_010
SUPER_MARGIN_ACCOUNT = 100_011

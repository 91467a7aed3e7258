"""The lock that uv writes becomes one file of versions and one of hashes."""

import lock

ONE, TWO = "1" * 64, "2" * 64
WRITTEN = f"""# made by uv
numpy==2.4.6 \\
    --hash=sha256:{ONE} \\
    --hash=sha256:{TWO}
    # via -r requirements.txt
cuda-toolkit==13.0 ; sys_platform == 'linux' \\
    --hash=sha256:{ONE}
"""


def test_versions_and_hashes_part():
    versions, hashes = lock.split(WRITTEN)
    assert versions.splitlines() == [
        "# made by uv",
        "numpy==2.4.6",
        "    # via -r requirements.txt",
        "cuda-toolkit==13.0 ; sys_platform == 'linux'",
    ]
    assert hashes.splitlines() == [f"numpy==2.4.6 {ONE} {TWO}", f"cuda-toolkit==13.0 {ONE}"]


def test_a_lock_without_hashes_stays_as_it_is():
    versions, _ = lock.split(WRITTEN)
    assert lock.split(versions)[0] == versions

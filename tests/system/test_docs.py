"""What is written about kengd is what it says of itself."""
import subprocess

from conftest import BUILD, ROOT


def test_the_configuration_reference_is_the_one_that_the_tables_print():
    told = subprocess.run([BUILD / "daemon/kengd", "--lang", "en", "--manual"],
                          capture_output=True, text=True, timeout=30).stdout
    assert told == (ROOT / "docs/configuration.md").read_text(), \
        "run: kengd --lang en --manual > docs/configuration.md"


def test_the_demo_and_the_example_have_every_key_known():
    for file in ("config/demo.yaml", "config/kengd.yaml"):
        done = subprocess.run([BUILD / "daemon/kengd", "--lang", "en", "--config", ROOT / file,
                               "--check"], capture_output=True, text=True, timeout=30)
        assert "unknown" not in done.stderr, done.stderr

"""Offline judge of hosted Open Badges 2.0 (PyPI openbadgeslib). Usage:
   judge_ob2.py FILE [--map URL=FILE]...
FILE: a copy of a hosted assertion. Exit 0 = accepted, 1 = rejected.
Every URL the judge would fetch must be in --map; anything else is refused (no socket is opened)."""
import sys, argparse
from openbadgeslib.ob2 import OB2Verifier
ap = argparse.ArgumentParser(); ap.add_argument('file'); ap.add_argument('--map', action='append', default=[])
a = ap.parse_args(); table = dict(m.split('=', 1) for m in a.map)
def fetch(url):
    if url not in table: raise Exception('offline: ' + url)
    return open(table[url], 'rb').read()
try:
    print('ACCEPT', OB2Verifier(download=fetch).verify_hosted(open(a.file).read(), check_revocation=True).id)
except Exception as e:
    print('REJECT', type(e).__name__, e); sys.exit(1)

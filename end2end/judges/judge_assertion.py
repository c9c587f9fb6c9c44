# What a back end does with an assertion of the gate, by PyJWT: python judge_assertion.py FILE.jwt JWKS.json EXPECTED
import json
import sys

import jwt

file, keys, expected = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
try:
    with open(file) as text:
        assertion = text.read().strip()
    with open(keys) as text:
        key_set = jwt.PyJWKSet.from_json(text.read())
    key = key_set[jwt.get_unverified_header(assertion)["kid"]]
    claims = jwt.decode(
        assertion, key, algorithms=["ES256"], issuer=expected["issuer"], audience=expected["audience"],
        options={"require": ["exp", "iat", "jti", "sub"]}, leeway=300,
    )
    for claim, value in (("sub", expected["subject"]), ("groups", expected["groups"]), ("url", expected["url"])):
        if claims[claim] != value:
            raise ValueError(f"{claim} {claims[claim]}")
    print("ACCEPT")
except Exception as error:
    print("REJECT", error)
    sys.exit(1)

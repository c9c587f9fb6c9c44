# Whether a PDF is what it says: PDF/A-3a for archives and PDF/UA-1 for screen readers: python judge_pdf.py FILE.pdf
import sys

import page

try:
    for profile in ("3a", "ua1"):
        report = page.validate_pdf(sys.argv[1], profile=profile)
        # A judge that looks at nothing would be content with everything.
        if report.rules.total < 100:
            raise ValueError(f"{profile}: {report.rules.total} rules")
        if not report.is_compliant:
            raise ValueError("; ".join(f"{failure.rule_id}: {failure.message}" for failure in report.failures))
    print("ACCEPT")
except Exception as error:
    print("REJECT", str(error).replace("\n", " "))
    sys.exit(1)

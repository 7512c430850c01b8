"""Every kind of hostile input."""

import of_descriptions
import of_records
import of_tables

KINDS = (*of_tables.KINDS, *of_descriptions.KINDS, *of_records.KINDS)
BY_NAME = {kind.name: kind for kind in KINDS}

#!/bin/sh
# make check: every check runs, then the exit status says whether all passed.
set -u
cd "$(dirname "$0")/../.."
bin=.venv/bin
failed=''
step() { # step NAME COMMAND...
  name=$1; shift
  printf '\n== %s\n' "$name"
  "$@" || failed="$failed, $name"
}
# What a real installation sets, with values that are nobody's: the check must pass without a demo.
production() {
  env DEMO=0 PUBLIC_URL=https://pharmacy.example ALLOWED_HOSTS=pharmacy.example LOG_LEVEL=ERROR \
    SECRET_KEY=check-only-4f0b1c6f1d5e4b7c9a8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c BLIND_INDEX_KEY=check-only-a1b2c3d4e5f60718293a4b5c6d7e8f90 \
    ENCRYPTION_KEYS=k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    DATABASE_URL=postgresql://app@localhost/pharmacy DATABASE_OWNER_URL=postgresql://owner@localhost/pharmacy \
    REDIS_URL=redis://localhost:6379/0 STRIPE_SECRET_KEY=sk_test_check STRIPE_WEBHOOK_SECRET=whsec_check STRIPE_API_BASE= \
    EMAIL_URL=smtp+tls://user:password@mail.example:587 "$@"
}
step 'lint' $bin/ruff check .
step 'format' $bin/ruff format --check .
step 'types' $bin/mypy
step 'import contracts' $bin/lint-imports
step 'missing migrations' $bin/python manage.py makemigrations --check --dry-run
step 'production settings' production $bin/python manage.py check --deploy --fail-level WARNING
if [ -n "$failed" ]; then printf '\nFailed: %s\n' "${failed#, }"; exit 1; fi
printf '\nAll checks passed.\n'

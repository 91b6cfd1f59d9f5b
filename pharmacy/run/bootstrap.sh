#!/bin/sh
# Make .venv as uv.lock says, with the best Python found here. Called by make; safe to run again.
# Needs: a Python (3.12 or newer; an older one, if uv may download a newer) or uv itself.
set -eu
cd "$(dirname "$0")/../.."

say() { printf '%s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

# --- a home for caches, also where HOME is empty, missing or not ours -------------------------------------------------
if [ -z "${HOME:-}" ] || [ ! -d "$HOME" ] || [ ! -w "$HOME" ]; then
  mkdir -p .boot/home
  HOME="$PWD/.boot/home"
  export HOME
fi
: "${UV_NO_PROGRESS:=}" "${PYENV_VERSION:=}"
[ -t 2 ] || export UV_NO_PROGRESS=1
[ -n "$PYENV_VERSION" ] || unset PYENV_VERSION
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH UV_PROJECT_ENVIRONMENT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# --- nothing to do? ---------------------------------------------------------------------------------------------------
wanted=$(cat uv.lock pyproject.toml | cksum)
if [ -x .venv/bin/python ] && [ "$(cat .venv/.made-from 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null
then exit 0; fi

# --- interpreters: each is tried by running it, because a shim may point at nothing -----------------------------------
works() { # works PYTHON MINOR: runs, and is Python 3.MINOR or newer
  "$1" -c "import sys; sys.exit(not (3, $2) <= sys.version_info < (4,))" </dev/null >/dev/null 2>&1
}
candidates() { # every place, not only the first on PATH: that one may be the shim
  folders=$(printf '%s' "$PATH" | tr ':' '\n'; echo; echo "/usr/local/bin
/usr/bin
/opt/homebrew/bin")
  for version in 3.13 3.12 3.14; do
    echo "$folders" | while read -r folder; do echo "$folder/python$version"; done
    for home in "$HOME" /root; do
      for folder in "$home"/.pyenv/versions/"$version"*/bin "$home"/.local/share/uv/python/cpython-"$version"*/bin; do
        echo "$folder/python$version"
      done
    done
  done
  echo "$folders" | while read -r folder; do echo "$folder/python3"; echo "$folder/python"; done
}
best='' any=''
for python in $(candidates); do
  [ -x "$python" ] || continue
  if [ -z "$any" ] && works "$python" 8; then any=$python; fi
  if works "$python" 12; then best=$python; break; fi
done

# --- uv: the one on PATH if it is recent, else our own in .boot -------------------------------------------------------
recent() { # recent UV: runs, and is 0.5 or newer
  case "$("$1" --version 2>/dev/null)" in
    'uv 0.'[0-4].*) return 1 ;;
    'uv '*) return 0 ;;
    *) return 1 ;;
  esac
}
uv=''
for try in "$(command -v uv || :)" "$PWD/.boot/venv/bin/uv" "$PWD/.boot/lib/bin/uv"; do
  if [ -n "$try" ] && recent "$try"; then uv=$try; break; fi
done
if [ -z "$uv" ]; then
  python=${best:-$any}
  [ -n "$python" ] || stop 'No Python and no uv found. Install Python 3.12 or newer (Debian: apt install python3 python3-venv).'
  say 'Installing uv into .boot ...'
  if "$python" -m venv .boot/venv >/dev/null 2>&1 && .boot/venv/bin/python -m pip install --quiet uv; then
    uv=.boot/venv/bin/uv
  elif "$python" -m pip --version >/dev/null 2>&1 && "$python" -m pip install --quiet --target .boot/lib --upgrade uv; then
    uv=.boot/lib/bin/uv
  elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null && ! "$python" -c 'import pip' 2>/dev/null; then
    stop "$python has neither venv nor pip. Install them (Debian: apt install python3-venv), or uv."
  else
    stop 'uv could not be installed with pip: is the package index reachable?'
  fi
fi

# --- the environment --------------------------------------------------------------------------------------------------
[ -t 2 ] && quiet='' || quiet=--quiet
# The second try trusts what the system trusts: a company's proxy signs with a certificate that uv does not bring along.
sync() {
  "$uv" sync --locked $quiet "$@" >&2 && return
  say "Once more, with the system's certificates ..."
  UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 "$uv" sync --locked $quiet "$@" >&2
}
say "Installing packages with ${best:-a Python that uv downloads} ..."
if [ -n "$best" ]; then
  UV_PYTHON_DOWNLOADS=never sync --python "$best" || stop 'The packages could not be installed; see above.'
else
  sync || stop 'No Python 3.12 or newer here, and uv could not download one. Install one (Debian: apt install python3 python3-venv).'
fi
echo "$wanted" > .venv/.made-from

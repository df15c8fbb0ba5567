#!/bin/sh
# embed-phrases.sh FILE OUT: writes the texts of phrases.zh as a C table.
set -eu
awk '
  function quoted(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
  function fail(why) { printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"; bad = 1; exit 1 }

  BEGIN { print "#include \"model/phrase.h\"\n\nconst struct phrase_row phrase_rows[] = {" }
  /^#/ || /^$/ { if (english != "") fail("no Chinese for: " english); next }
  /^\[.*\]$/ { if (english != "") fail("no Chinese for: " english); kind = substr($0, 2, length($0) - 2); next }
  /^\t/ {
    if (english == "") fail("Chinese without English")
    printf "{%s, %s, %s},\n", quoted(kind), quoted(english), quoted(substr($0, 2))
    english = ""
    next
  }
  { if (english != "" || kind == "") fail("English where Chinese or a [section] has to stand"); english = $0 }
  END { if (!bad && english != "") fail("no Chinese for: " english); if (!bad) print "{0}};" }
' "$1" > "$2"

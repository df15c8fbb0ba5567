#!/bin/sh
# embed.sh OUT FILE…: writes the migration files as one C table.
set -eu
out=$1
shift
{
	echo '#include "store/migrate.h"'
	echo
	echo 'const struct store_migration store_migrations[] = {'
	for file; do
		name=$(basename "$file" .sql)
		number=${name%%-*}
		echo "{$((1$number - 10000)), \"$name\","
		sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$/\\n"/' "$file"
		echo '},'
	done
	echo '{0},'
	echo '};'
} > "$out"

# Runs a program, and ends it when whoever holds the other end of standard input is gone, however that went.
# Arguments: the signal that asks the program to end, the grace in seconds, the program and its arguments.
# Standard output gets one line, the program's pid; standard error, and all that the program says, is the log.
signal=$1 grace=$2
shift 2
exec 3<&0
"$@" </dev/null >&2 3<&- &
program=$!
echo "$program"
exec >&2
(
  read -r _ <&3
  # A stopped program hears nothing but KILL: wake it, so that it can end by itself.
  kill -s "$signal" "$program"
  kill -s CONT "$program"
  tenths=$((grace * 10))
  while [ "$tenths" -gt 0 ] && kill -0 "$program"; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  kill -s KILL "$program"
) 2>/dev/null &
watcher=$!
wait "$program"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"

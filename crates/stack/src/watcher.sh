# Runs a program, and ends it when whoever holds the other end of standard input is gone, however that went.
# Arguments: the signal that asks the program to end, the grace in seconds, the program and its arguments.
# Standard output gets one line, the program's pid; standard error, and all that the program says, is the log.
signal=$1 grace=$2
shift 2
exec 3<&0
"$@" </dev/null >&2 3<&- &
program=$!
# A process group that loses its parent while a member is stopped gets SIGHUP; whoever watches must survive it.
trap '' HUP
echo "$program"
# The log is the program's: the shell's own remarks, such as "Killed", do not belong there.
exec >/dev/null 2>&1
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
) &
watcher=$!
wait "$program"
status=$?
kill "$watcher"
exit "$status"

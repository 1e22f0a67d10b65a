// The program of the forker, a Perl that starts commands: a fork costs by the memory of whoever forks, and this one has 5 MB.
//
// Commands have its standard input. From descriptor 4 it reads requests, to descriptor 5 it writes reports; each is `LENGTH\n` and so many
// bytes, fields divided by NUL. Requests:
//   e NAME=VALUE…    variables of all commands from now on
//   s ID FOLDER PATH COUNT SHELL ARGUMENT… COUNT WORD… COUNT FILE… COUNT OF-SHELL… COUNT OF-PLAIN… VARIABLE…  starts a command; WORD…,
//                    FILE…: the same without a shell, or none; PATH is where to look for the program; FILE: <PATH, >PATH or >>PATH;
//                    further variables, NAME=VALUE: OF-SHELL… of the shell, OF-PLAIN… of the command without it, VARIABLE… of both
//   c ID             reads what its output has now, and closes it
//   d                the run has ended: nothing else has to be
// Reports:
//   n                it cannot work here
//   p ID PID         the command was forked; in a moment it is at the head of its group
//   x ID             it was not executed; its end follows if it was forked
//   o ID STREAM TEXT it printed that: 1 output, 2 error, 3 progress
//   q ID STATUS MICROSECONDS KILOBYTES GROUP OPEN  it has ended; STATUS as wait(2) gives it, then what getrusage(2) says of it and of what
//                    it waited for: time on processors, and the most memory of one process; GROUP: 1 where others of its group still run;
//                    OPEN: how many of its outputs others hold open
//   z ID PIPE…       after that: all are closed; the names of those that others still hold open
// At the end of the requests it ends what runs, and itself; without a `d` all processes of the run, which are found by its id, as the
// engine has died. Where this process dies too, a copy of it does that, which waits for nothing else.
export const FORKER = `
my ($EVENT, $RUN) = splice(@ARGV, 0, 2);
my ($setsid, $pidfd_open, $dup3, $wait4, $pipe2, $close, $openat, $read, $epoll_create1, $epoll_ctl, $epoll_pwait, $clone, $execve) = map { $_ + 0 } @ARGV;
# Milliseconds.
my $SHORT = 5;
my ($CLOSE_ON_EXEC, $NO_PROCESS, $HERE, $KILL, $CHILD) = (02000000, 3, -100, 9, 17);
my ($IN, $ADD, $REMOVE, $MOST_EVENTS, $MOST_ENVIRONMENT) = (1, 1, 2, 64, 1 << 22);
my %how = ('<' => [0, 0], '>' => [1, 01101], '>>' => [1, 02101]);
# What is executed inherits no descriptor that is opened here. The number 3 is of what is executed.
open(my $third, '<', '/dev/null');
open(my $requests, '<&=', 4);
open(my $reports, '>&=', 5);
# A handler, which ends with what is executed: what is ignored would stay so.
$SIG{PIPE} = sub {};
# Perl ignores it, and would undo that only where it executes something itself.
$SIG{FPE} = 'DEFAULT';
my (%running, %watched, %refused);
# The guard reads from the first until the forker, which has the second, ends.
pipe(my $forker, my $to_guard);
my $is_done = 0;
my $input = '';
my $buffer = "\\0" x 65536;

# Reports wait for what else is ready; that a command was forked waits for the end of a short one, too.
my ($unsent, $is_due) = ('', 0);

sub report {
  my $body = join("\\0", @_);
  $unsent .= length($body) . "\\n$body";
  $is_due = 1 if $_[0] ne 'p';
  send_reports() if length $unsent >= 65536;
}

sub send_reports {
  for (my $at = 0; $at < length $unsent;) { $at += syswrite($reports, $unsent, 65536, $at) || last }
  ($unsent, $is_due) = ('', 0);
}

END { send_reports() }

# Without Perl's own buffers, which take longer than the calls.
sub close_all { syscall($close, $_ + 0) for @_ }

my $poll = syscall($epoll_create1, $CLOSE_ON_EXEC);

# epoll has what is ready in the order in which it came.
sub watch {
  my ($descriptor, @what) = @_;
  $watched{$descriptor} = \\@what;
  syscall($epoll_ctl, $poll + 0, $ADD, $descriptor + 0, pack($EVENT, $IN, $descriptor));
}

# Closing is not enough: until it executes something, a new process has the same descriptors.
sub unwatch {
  my ($descriptor) = @_;
  delete $watched{$descriptor};
  my $none = pack($EVENT, 0, 0);
  syscall($epoll_ctl, $poll + 0, $REMOVE, $descriptor + 0, $none);
  close_all($descriptor);
}

sub is_ready {
  my $bits = '';
  vec($bits, $_[0], 1) = 1;
  return select($bits, undef, undef, 0) > 0;
}

# The descriptors to read, then those to write.
sub make_pipes {
  my (@read, @write);
  for (1 .. $_[0]) {
    my $two = "\\0" x 8;
    if (syscall($pipe2, $two, $CLOSE_ON_EXEC) < 0) { close_all(@read, @write); return }
    my ($from, $to) = unpack('i2', $two);
    push @read, $from;
    push @write, $to;
  }
  return (@read, @write);
}

# Looks along PATH as a shell does. Undefined where a shell may find something else, or runs it in another way than the system.
sub program {
  my ($name, $folder, $path) = @_;
  my @folders = $name !~ m{/} ? split(/:/, $path, -1) : $name =~ m{^/} ? '' : $folder;
  for (@folders) {
    return unless m{^/} || $name =~ m{^/};
    my $file = "$_/$name";
    next unless -f $file && -x _;
    my $code = syscall($openat, $HERE + 0, $file, $CLOSE_ON_EXEC + 0);
    return if $code < 0;
    my $size = syscall($read, $code, $buffer, 4);
    close_all($code);
    # Matching makes a copy of the whole text.
    my $start = substr($buffer, 0, $size);
    return unless $start eq "\\x7fELF" || $start =~ /^#!/;
    return $name =~ m{/} ? $name : $file;
  }
  return;
}

# Their texts, and where these are, as execve(2) takes them.
my (@variables, $addresses);

# Returns where the system refuses.
sub execute {
  my ($program, $words, @more) = @_;
  syscall($execve, $program, pack('p*x8', @$words), $addresses . pack('p*x8', @more));
}

# Where something hinders it, a shell does all of this again, and says why.
sub execute_plain {
  my ($program, $words, $files, @more) = @_;
  for (@$files) {
    my ($how, $path) = /^(<|>>?)(.*)/s;
    my ($number, $flags) = @{ $how{$how} };
    my $opened = syscall($openat, $HERE + 0, $path, $flags | $CLOSE_ON_EXEC, 0666);
    return if $opened < 0 || syscall($dup3, $opened, $number, 0) < 0;
  }
  execute($program, $words, @more);
}

my ($refusals, $refusal) = make_pipes(1);

sub start {
  my ($id, $folder, $path, @both) = @_;
  my ($argv, $words, $files, $of_shell, $of_plain) = map { [splice(@both, 0, shift @both)] } 1 .. 5;
  my $shell = $argv->[0] =~ m{/} ? $argv->[0] : program($argv->[0], $folder, $path);
  my $program = @$words ? program($words->[0], $folder, $path) : undef;
  my @ends = make_pipes(3) or return report('x', $id);
  # What Perl's own fork does besides is of no use here, and makes the copy write to more memory.
  my $pid = syscall($clone, $CHILD + 0, 0, 0, 0, 0);
  if ($pid == 0) {
    syscall($setsid);
    my $ready = chdir($folder);
    for (1 .. 3) { $ready = 0 if syscall($dup3, $ends[$_ + 2], $_, 0) < 0 }
    if ($ready && defined $program) {
      push @$of_plain, "_=$program" if $argv->[0] =~ /bash$/;
      execute_plain($program, $words, $files, @$of_plain, @both);
    }
    execute($shell, $argv, @$of_shell, @both) if $ready && defined $shell;
    open(my $out, '>&=', $refusal);
    syswrite($out, "$id\\n");
    kill 'KILL', $$;
  }
  close_all(@ends[3 .. 5]);
  if ($pid < 0) { close_all(@ends[0 .. 2]); return report('x', $id) }
  my $process = syscall($pidfd_open, $pid + 0, 0);
  if ($process < 0) { kill 'KILL', $pid; exit 1 }
  report('p', $id, $pid);
  my $command = $running{$id} = { id => $id, pid => $pid, outputs => {}, runs => 1 };
  for (1 .. 3) {
    $command->{outputs}{ $ends[$_ - 1] } = $_;
    watch($ends[$_ - 1], $command, $_);
  }
  watch($process, $command, 0);
}

# False at its end.
sub take_output {
  my ($descriptor) = @_;
  my ($command, $stream) = @{ $watched{$descriptor} };
  my $size = syscall($read, $descriptor + 0, $buffer, 65536);
  if ($size > 0) { report('o', $command->{id}, $stream, substr($buffer, 0, $size)); return 1 }
  unwatch($descriptor);
  delete $command->{outputs}{$descriptor};
  return 0;
}

# What is there now, and no more: who holds it may print for ever.
sub take_rest {
  my ($command) = @_;
  for my $descriptor (sort { $a <=> $b } keys %{ $command->{outputs} }) {
    for (1 .. 16) { last unless is_ready($descriptor) && take_output($descriptor) }
  }
}

sub is_refused {
  my ($id) = @_;
  while (is_ready($refusals)) {
    my $size = syscall($read, $refusals + 0, $buffer, 65536);
    $refused{$_} = 1 for split /\\n/, substr($buffer, 0, $size);
  }
  return delete $refused{$id};
}

sub take_end {
  my ($process) = @_;
  my ($command) = @{ $watched{$process} };
  my ($id, $pid) = @$command{qw(id pid)};
  # A status that could not be asked for is not that of a success.
  my ($status, $usage) = ("\\xff" x 8, "\\0" x 256);
  syscall($wait4, $pid + 0, $status, 0, $usage);
  $command->{runs} = 0;
  unwatch($process);
  take_rest($command);
  my ($user, $user_part, $system, $system_part, $memory) = unpack('q5', $usage);
  my $group = kill(0, -$pid) || $! != $NO_PROCESS ? 1 : 0;
  $status = unpack('i', $status);
  report('x', $id) if $status == $KILL && is_refused($id);
  my $open = keys %{ $command->{outputs} };
  report('q', $id, $status, ($user + $system) * 1e6 + $user_part + $system_part, $memory, $group, $open);
  delete $running{$id} unless $open;
}

sub close_output {
  my ($command) = @_;
  take_rest($command);
  my @held = map { readlink("/proc/self/fd/$_") // () } keys %{ $command->{outputs} };
  unwatch($_) for keys %{ $command->{outputs} };
  delete $running{ $command->{id} };
  report('z', $command->{id}, @held);
}

sub take {
  my ($descriptor) = @_;
  my ($command, $stream) = @{ $watched{$descriptor} // return };
  return take_end($descriptor) if $stream == 0;
  return if take_output($descriptor) || $command->{runs} || %{ $command->{outputs} };
  close_output($command);
}

sub request {
  my ($what, @fields) = @_;
  if ($what eq 'e') { @variables = @fields; $addresses = pack('p*', @variables) }
  elsif ($what eq 's') { start(@fields) }
  elsif ($what eq 'd') { $is_done = 1 }
  elsif (my $command = $running{ $fields[0] }) { close_output($command) }
}

# Returns how many processes of the run there were.
sub end_processes {
  my $count = 0;
  opendir(my $all, '/proc') || return 0;
  for my $pid (grep { /^\\d+$/ } readdir $all) {
    open(my $file, '<:unix', "/proc/$pid/environ") || next;
    my $text = '';
    sysread($file, $text, $MOST_ENVIRONMENT);
    $count += kill('KILL', $pid) if index("\\0$text", "\\0PIPE_RUN_ID=$RUN\\0") >= 0;
  }
  return $count;
}

# Until none is left: each may have started another.
sub end_run {
  for (1 .. 20) {
    return if !end_processes();
    select(undef, undef, undef, 0.05);
  }
}

# For the time after the death of the forker: then the engine may die too, which closes the requests.
sub guard {
  $SIG{$_} = 'IGNORE' for qw(INT TERM HUP);
  close($_) for \\*STDIN, $reports, $to_guard;
  exit if sysread($forker, my $done, 1);
  my $rest = '';
  while (sysread($requests, my $text, 65536)) { $rest = substr("$rest$text", -3) }
  end_run() if $rest ne "1\\nd";
  exit;
}

sub take_requests {
  if (!sysread($requests, $input, 65536, length $input)) {
    kill('KILL', -$_->{pid}, $_->{pid}) for grep { $_->{runs} } values %running;
    end_run() if !$is_done;
    syswrite($to_guard, 'd');
    exit;
  }
  while ((my $end = index($input, "\\n")) >= 0) {
    my $size = substr($input, 0, $end);
    last if length($input) <= $end + $size;
    my $fields = substr($input, $end + 1, $size);
    substr($input, 0, $end + 1 + $size) = '';
    request(split /\\0/, $fields, -1);
  }
}

my $own = syscall($pidfd_open, $$ + 0, 0);
if ($own < 0 || $poll < 0 || !defined $refusal) { report('n'); exit }
close_all($own);
my $guard = fork();
if (!defined $guard) { report('n'); exit }
guard() if $guard == 0;
close($forker);
syscall($epoll_ctl, $poll + 0, $ADD, 4, pack($EVENT, $IN, 4));
my $size = length pack($EVENT, 0, 0);
my $events = "\\0" x ($size * $MOST_EVENTS);
while (1) {
  send_reports() if $is_due;
  my $count = syscall($epoll_pwait, $poll + 0, $events, $MOST_EVENTS, length $unsent ? $SHORT : -1, 0, 8);
  send_reports() if $count == 0;
  next if $count < 0;
  my @ready = map { (unpack($EVENT, substr($events, $_ * $size, $size)))[1] } 0 .. $count - 1;
  # Requests last: a new command gets descriptors of those that end.
  for (@ready) { take($_) if $_ != 4 }
  take_requests() if grep { $_ == 4 } @ready;
}
`;

// The program of the forker, a Perl that starts commands: a fork costs by the memory of whoever forks, and this one has 5 MB.
//
// Commands have its standard input. From descriptor 4 it reads requests `LENGTH\n` and so many bytes, fields divided by NUL:
//   e NAME=VALUE…                                   the environment from now on
//   s ID PIPES FOLDER COUNT SHELL ARGUMENT… COUNT WORD… COUNT FILE… CHANGE…  starts a command; PIPES: A of a line d; WORD…, FILE…: the
//                                                   same without a shell, or none; FILE: <PATH, >PATH or >>PATH; a CHANGE of the
//                                                   environment is NAME=VALUE, or NAME for a variable to leave out
// To descriptor 5 it writes lines, fields divided by NUL:
//   n                it cannot work here
//   d A B C          three pipes are ready: the descriptors to read, for output, error and progress; empty without a free descriptor
//   p ID PID         the command was forked, and is at the head of its group
//   x ID             it was not executed; its end follows if it was forked
//   q ID STATUS MICROSECONDS KILOBYTES GROUP  it has ended; STATUS as wait(2) gives it, then what getrusage(2) says of it and of what it
//                    waited for: time on processors, and the most memory of one process; GROUP: 1 where others of its group still run
// Whoever reads the pipes opens them through /proc before the command is requested. At the end of its input it ends.
export const FORKER = `
my ($setsid, $pidfd_open, $dup3, $wait4, $pipe2, $close, $openat) = map { $_ + 0 } @ARGV;
my ($CLOSE_ON_EXEC, $NO_PROCESS, $HERE) = (02000000, 3, -100);
my %how = ('<' => [0, 0], '>' => [1, 01101], '>>' => [1, 02101]);
# What is executed inherits no descriptor that is opened here. The number 3 is of what is executed.
open(my $third, '<', '/dev/null');
open(my $requests, '<&=', 4);
open(my $reports, '>&=', 5);
my (%pipes, %running);
my $input = '';

sub report { syswrite($reports, join("\\0", @_) . "\\n") }

# Without Perl's own buffers, which take longer than the calls.
sub close_all { syscall($close, $_ + 0) for @_ }

# Of three pipes: the descriptors to read, then those to write.
sub make_pipes {
  my (@read, @write);
  for (1 .. 3) {
    my $two = "\\0" x 8;
    if (syscall($pipe2, $two, $CLOSE_ON_EXEC) < 0) { close_all(@read, @write); return report('d') }
    my ($read, $write) = unpack('i2', $two);
    push @read, $read;
    push @write, $write;
  }
  $pipes{$read[0]} = [@read, @write];
  report('d', @read);
}

# Looks along PATH as a shell does. Undefined where a shell may find something else, or runs it in another way than the system.
sub program {
  my ($name) = @_;
  my $file = $name =~ m{/} ? $name : undef;
  for my $folder (defined $file ? () : split /:/, $ENV{PATH} // '', -1) {
    return if $folder eq '';
    next unless -f "$folder/$name" && -x _;
    $file = "$folder/$name";
    last;
  }
  return unless defined $file && open(my $code, '<:unix', $file);
  sysread($code, my $start, 4);
  return $start eq "\\x7fELF" || $start =~ /^#!/ ? $file : undef;
}

# As shells do.
sub set_environment {
  my ($is_bash, $file) = @_;
  my @here = stat '.';
  my @known = ($ENV{PWD} // '') =~ m{^/} ? stat $ENV{PWD} : ();
  $ENV{PWD} = readlink '/proc/self/cwd' unless @known && $known[0] == $here[0] && $known[1] == $here[1];
  return unless $is_bash;
  $ENV{_} = $file;
  $ENV{SHLVL} //= 0;
  delete $ENV{OLDPWD} unless -d ($ENV{OLDPWD} // '');
}

# Returns where something hinders it. A shell does all of this again then, and says why.
sub execute_plain {
  my ($words, $files, $is_bash) = @_;
  my $file = program($words->[0]) // return;
  for (@$files) {
    my ($how, $path) = /^(<|>>?)(.*)/s;
    my ($number, $flags) = @{ $how{$how} };
    my $opened = syscall($openat, $HERE + 0, $path, $flags | $CLOSE_ON_EXEC, 0666);
    return if $opened < 0 || syscall($dup3, $opened, $number, 0) < 0;
  }
  set_environment($is_bash, $file);
  exec { $file } @$words;
}

sub execute {
  my ($id, $folder, $argv, $words, $files, $changes, @write) = @_;
  syscall($setsid);
  # Only now signals reach its group.
  report('p', $id, $$);
  my $ready = chdir($folder);
  for (1 .. 3) { $ready = 0 if syscall($dup3, $write[$_ - 1], $_, 0) < 0 }
  for (@$changes) {
    my ($name, $value) = split /=/, $_, 2;
    if (defined $value) { $ENV{$name} = $value } else { delete $ENV{$name} }
  }
  execute_plain($words, $files, scalar($argv->[0] =~ /bash$/)) if $ready && @$words;
  $ready and exec { $argv->[0] } @$argv;
  report('x', $id);
  kill 'KILL', $$;
}

sub start {
  my ($id, $pipes, $folder, @rest) = @_;
  my ($argv, $words, $files) = map { [splice(@rest, 0, shift @rest)] } 1 .. 3;
  my @ends = @{ delete $pipes{$pipes} };
  my $pid = fork();
  if (defined $pid && $pid == 0) { execute($id, $folder, $argv, $words, $files, \\@rest, @ends[3 .. 5]) }
  if (defined $pid) {
    my $watch = syscall($pidfd_open, $pid + 0, 0);
    if ($watch < 0) { kill 'KILL', $pid; exit 1 }
    $running{$watch} = [$id, $pid];
  } else {
    report('x', $id);
  }
  close_all(@ends);
  make_pipes();
}

sub request {
  my ($what, @fields) = @_;
  if ($what eq 'e') { %ENV = map { split /=/, $_, 2 } @fields } else { start(@fields) }
}

my $own = syscall($pidfd_open, $$ + 0, 0);
if ($own < 0) { report('n'); exit }
close_all($own);
make_pipes() for 1 .. 2;
while (1) {
  my $bits = '';
  vec($bits, $_, 1) = 1 for 4, keys %running;
  next unless select($bits, undef, undef, undef) > 0;
  for my $watch (keys %running) {
    next unless vec($bits, $watch, 1);
    my ($id, $pid) = @{ delete $running{$watch} };
    # A status that could not be asked for is not that of a success.
    my ($status, $usage) = ("\\xff" x 8, "\\0" x 256);
    syscall($wait4, $pid + 0, $status, 0, $usage);
    my ($user, $user_part, $system, $system_part, $memory) = unpack('q5', $usage);
    my $group = kill(0, -$pid) || $! != $NO_PROCESS ? 1 : 0;
    report('q', $id, unpack('i', $status), ($user + $system) * 1e6 + $user_part + $system_part, $memory, $group);
    close_all($watch);
  }
  next unless vec($bits, 4, 1);
  sysread($requests, $input, 65536, length $input) or exit;
  while ($input =~ /^(\\d+)\\n/ && length($input) >= $1 + length($&)) {
    my $fields = substr($input, length($&), $1);
    substr($input, 0, length($&) + $1) = '';
    request(split /\\0/, $fields, -1);
  }
}
`;

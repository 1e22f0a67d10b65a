// The program of the forker, a Perl that starts commands: a fork costs by the memory of whoever forks, and this one has 5 MB.
//
// It reads requests `LENGTH\n` and so many bytes, fields divided by NUL:
//   e NAME=VALUE…                                   the environment from now on
//   s ID PIPES FOLDER STDIN COUNT SHELL ARGUMENT… CHANGE…
//                                                   starts a command; PIPES: A of a line d; STDIN: not empty where it reads our
//                                                   descriptor 4; a CHANGE of the environment is NAME=VALUE, or NAME for a variable
//                                                   to leave out
// It writes lines, fields divided by NUL:
//   n                it cannot work here
//   d A B C          three pipes are ready: the descriptors to read, for output, error and progress; empty without a free descriptor
//   p ID PID         the command was forked
//   x ID             it was not executed; its end follows if it was forked
//   q ID STATUS      it has ended; STATUS as wait(2) gives it
// Whoever reads the pipes opens them through /proc before the command is requested. At the end of its input it ends.
export const FORKER = `
my ($setsid, $pidfd_open) = @ARGV;
# Descriptors up to 3 are inherited by what is executed, others are closed.
$^F = 3;
open(my $progress, '<', '/dev/null');
open(my $terminal, '<&=', 4);
my (%pipes, %running);
my $input = '';

sub report { syswrite(STDOUT, join("\\0", @_) . "\\n") }

sub close_descriptor { open(my $it, '<&=', $_[0]); close($it) }

sub make_pipes {
  my @three;
  for (1 .. 3) { pipe(my $read, my $write) or return report('d'); push @three, [$read, $write] }
  my @read = map { fileno($_->[0]) } @three;
  $pipes{$read[0]} = \\@three;
  report('d', @read);
}

sub execute {
  my ($id, $folder, $stdin, $argv, $changes, $three) = @_;
  open(my $report, '>&', \\*STDOUT);
  syscall($setsid + 0);
  my $ready = chdir($folder)
    && ($stdin ? open(STDIN, '<&', $terminal) : open(STDIN, '<', '/dev/null'))
    && open(STDOUT, '>&', $three->[0][1])
    && open(STDERR, '>&', $three->[1][1])
    && open($progress, '>&', $three->[2][1]);
  for (@$changes) {
    my ($name, $value) = split /=/, $_, 2;
    if (defined $value) { $ENV{$name} = $value } else { delete $ENV{$name} }
  }
  $ready and exec { $argv->[0] } @$argv;
  syswrite($report, "x\\0$id\\n");
  kill 'KILL', $$;
}

sub start {
  my ($id, $pipes, $folder, $stdin, $count, @rest) = @_;
  my @argv = splice(@rest, 0, $count);
  my $three = delete $pipes{$pipes};
  my $pid = fork();
  if (defined $pid && $pid == 0) { execute($id, $folder, $stdin, \\@argv, \\@rest, $three) }
  if (defined $pid) {
    my $watch = syscall($pidfd_open + 0, $pid + 0, 0);
    if ($watch < 0) { kill 'KILL', $pid; exit 1 }
    $running{$watch} = [$id, $pid];
    report('p', $id, $pid);
  } else {
    report('x', $id);
  }
  undef $three;
  make_pipes();
}

sub request {
  my ($what, @fields) = @_;
  if ($what eq 'e') { %ENV = map { split /=/, $_, 2 } @fields } else { start(@fields) }
}

my $own = syscall($pidfd_open + 0, $$ + 0, 0);
if ($own < 0 || fileno($progress) != 3) { report('n'); exit }
close_descriptor($own);
make_pipes() for 1 .. 2;
while (1) {
  my $bits = '';
  vec($bits, $_, 1) = 1 for 0, keys %running;
  next unless select($bits, undef, undef, undef) > 0;
  for my $watch (keys %running) {
    next unless vec($bits, $watch, 1);
    my ($id, $pid) = @{ delete $running{$watch} };
    waitpid($pid, 0);
    report('q', $id, $?);
    close_descriptor($watch);
  }
  next unless vec($bits, 0, 1);
  sysread(STDIN, $input, 65536, length $input) or exit;
  while ($input =~ /^(\\d+)\\n/ && length($input) >= $1 + length($&)) {
    my $fields = substr($input, length($&), $1);
    substr($input, 0, length($&) + $1) = '';
    request(split /\\0/, $fields, -1);
  }
}
`;

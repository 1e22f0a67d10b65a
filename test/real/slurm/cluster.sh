#!/usr/bin/env bash
# cluster.sh start|stop|kill-node NODE|revive-node NODE|break-job ID|resume-nodes|kill-controller|start-controller: a Slurm of its own for
# tests, with two nodes on loopback, and with SLURM_TEST_ACCOUNTING=yes a database of its own for sacct. Everything is in $SLURM_TEST_DIR
# and $SLURM_TEST_RUN; nothing of the system's configuration is read or written.
set -euo pipefail
D=${SLURM_TEST_DIR:?} RT=${SLURM_TEST_RUN:?} PORT=${SLURM_TEST_PORT:?}
export SLURM_CONF=$D/slurm.conf
HOST=$(hostname -s)
NODES='n1 n2'
ACCOUNTING='AccountingStorageType=accounting_storage/none'
[ -z "${SLURM_TEST_ACCOUNTING:-}" ] || ACCOUNTING="AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$((PORT + 3))
AccountingStoragePass=$RT/munge.sock
AccountingStorageEnforce=associations"

alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }
wait_for() { local n=$(($1 * 20)); shift; until "$@" >/dev/null 2>&1; do n=$((n - 1)); [ $n -gt 0 ] || return 1; sleep 0.05; done; }
has_cluster() { sacctmgr --immediate add cluster pipetest || [ "$(sacctmgr -nP show cluster format=cluster)" = pipetest ]; }
nodes_ok() { [ "$(sinfo -h -N -o '%N %T' | sort -u | grep -Ec ' (idle|mixed|allocated)$')" = 2 ]; }

configure() {
  mkdir -p "$D"/{state,log} "$RT"
  chmod 755 "$D" "$RT"
  (umask 077; dd if=/dev/urandom of="$RT/munge.key" bs=128 count=1 status=none)
  : >"$D/gres.conf"
  for node in $NODES; do
    mkdir -p "$D/spool-$node"
    [ -e "$D/gpu-$node" ] || mknod "$D/gpu-$node" c 1 3
    echo "NodeName=$node Name=gpu Type=fake File=$D/gpu-$node" >>"$D/gres.conf"
  done
  cat >"$D/slurm.conf" <<C
ClusterName=pipetest
SlurmctldHost=$HOST(127.0.0.1)
SlurmctldPort=$PORT
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$RT/munge.sock
CommunicationParameters=NoAddrCache
StateSaveLocation=$D/state
SlurmdSpoolDir=$D/spool-%n
SlurmctldPidFile=$D/slurmctld.pid
SlurmdPidFile=$D/slurmd-%n.pid
SlurmctldLogFile=$D/log/slurmctld.log
SlurmdLogFile=$D/log/slurmd-%n.log
SwitchType=switch/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
$ACCOUNTING
JobCompType=jobcomp/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
ReturnToService=2
SlurmctldTimeout=10
MessageTimeout=10
SlurmdTimeout=10
KillWait=1
MinJobAge=600
MaxArraySize=1001
JobRequeue=1
EnforcePartLimits=ANY
OverTimeLimit=0
GresTypes=gpu
SlurmdParameters=config_overrides
NodeName=n1 NodeAddr=127.0.0.1 NodeHostname=$HOST Port=$((PORT + 1)) CPUs=${SLURM_TEST_CPUS:-4} RealMemory=4000 Gres=gpu:fake:1 State=UNKNOWN
NodeName=n2 NodeAddr=127.0.0.1 NodeHostname=$HOST Port=$((PORT + 2)) CPUs=${SLURM_TEST_CPUS:-4} RealMemory=4000 Gres=gpu:fake:1 State=UNKNOWN
${SLURM_TEST_PARTITIONS:-PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP}
C
}
start_database() {
  mkdir -p "$D/database"
  # It asks for no password, on loopback and for as long as a test runs, and nothing of it has to survive.
  mariadbd --no-defaults --user=root --datadir="$D/database" --skip-grant-tables --bind-address=127.0.0.1 --port=$((PORT + 4)) \
    --socket="$RT/mariadb.sock" --pid-file="$D/mariadb.pid" --log-error="$D/log/mariadb.log" --innodb-log-file-size=8M \
    --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --innodb-doublewrite=0 </dev/null >/dev/null 2>&1 &
  wait_for 60 mariadb --no-defaults --socket="$RT/mariadb.sock" -e 'select 1'
  cat >"$D/slurmdbd.conf" <<C
AuthType=auth/munge
AuthInfo=socket=$RT/munge.sock
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$((PORT + 3))
SlurmUser=root
LogFile=$D/log/slurmdbd.log
PidFile=$D/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$((PORT + 4))
StorageUser=root
StorageLoc=accounting
C
  chmod 600 "$D/slurmdbd.conf"
  slurmdbd
  # Users without an account can submit nothing: root has one with the cluster.
  wait_for 60 has_cluster
}
start_controller() { rm -f "$D/slurmctld.pid"; slurmctld -f "$D/slurm.conf"; wait_for 60 scontrol ping; }
start_node() { rm -f "$D/slurmd-$1.pid"; slurmd -f "$D/slurm.conf" -N "$1"; }
start() {
  set -E
  trap 'tail -n 20 "$D"/log/*.log "$RT"/*.log >&2' ERR
  configure
  munged --force --key-file="$RT/munge.key" --socket="$RT/munge.sock" --pid-file="$RT/munged.pid" --seed-file="$RT/munge.seed" --log-file="$RT/munged.log"
  wait_for 60 munge -n -S "$RT/munge.sock"
  [ -z "${SLURM_TEST_ACCOUNTING:-}" ] || start_database
  start_controller
  for node in $NODES; do start_node $node; done
  wait_for 60 nodes_ok
}
end() { if alive "$1"; then kill -"$2" "$(cat "$1")"; fi; }
stop() {
  if alive "$D/slurmctld.pid"; then
    timeout 5 scancel --user="$(id -un)" || true
    wait_for 5 sh -c '[ -z "$(squeue -h)" ]' || true
  fi
  # All state goes with the folder.
  end "$D/slurmctld.pid" KILL
  for node in $NODES; do end "$D/slurmd-$node.pid" TERM; done
  end "$D/slurmdbd.pid" KILL
  end "$D/mariadb.pid" KILL
  end "$RT/munged.pid" TERM
  # Daemons of jobs may still write there.
  wait_for 10 rm -rf "$D" "$RT"
}
# The daemon of a node and those of its jobs; the commands of the jobs go on, as on a node that lost its network.
kill_node() {
  kill -9 "$(cat "$D/slurmd-$1.pid")"
  # Those of its jobs keep its log open.
  for process in $(pgrep -x slurmstepd); do
    if ls -l "/proc/$process/fd" 2>/dev/null | grep -q "$D/log/slurmd-$1.log"; then kill -9 "$process"; fi
  done
  scontrol update nodename="$1" state=down reason=killed
}
# Where its nodes would put the script of the job is a file.
break_job() { for node in $NODES; do : >"$D/spool-$node/$(printf 'job%05u' "$1")"; done; }
resume_nodes() { for node in $NODES; do scontrol update nodename="$node" state=resume 2>/dev/null || true; done; wait_for 60 nodes_ok; }
revive_node() { start_node "$1"; resume_nodes; }
case "${1:-}" in
  start) start ;;
  stop) stop ;;
  kill-node) kill_node "$2" ;;
  revive-node) revive_node "$2" ;;
  break-job) break_job "$2" ;;
  resume-nodes) resume_nodes ;;
  kill-controller) kill -9 "$(cat "$D/slurmctld.pid")" ;;
  start-controller) start_controller ;;
  *) exit 2 ;;
esac

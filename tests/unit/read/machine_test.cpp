#include "read/machine.h"

#include <unistd.h>

#include "catch.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

TEST_CASE("machine: CPUs online and memory") {
  const TempDir procfs;
  procfs.write("stat", "cpu  1 2 3\ncpu0 1 2 3\ncpu3 1 2 3\ncpufreq 7\nintr 5\n");
  procfs.write("meminfo", "MemTotal:       16384 kB\nMemFree:  1 kB\n");
  const Machine machine = read_machine(procfs.path());
  CHECK(machine.cpus == 2u);
  CHECK(machine.memory_bytes == 16384u * 1024);
}

TEST_CASE("machine: absent, empty, garbage, overflow -> absent") {
  const TempDir procfs;
  CHECK_FALSE(read_machine(procfs.path()).cpus);
  CHECK_FALSE(read_machine(procfs.path()).memory_bytes);
  procfs.write("stat", "cpu  1 2 3\n");
  for (const char* text : {"", "MemTotal:", "MemTotal: x kB\n", "MemTotal: 5 MB\n",
                           "MemTotal: 18446744073709551615 kB\n"}) {
    CAPTURE(text);
    procfs.write("meminfo", text);
    CHECK_FALSE(read_machine(procfs.path()).memory_bytes);
  }
  CHECK_FALSE(read_machine(procfs.path()).cpus);
}

TEST_CASE("machine: the running one") {
  const Machine machine = read_machine("/proc");
  CHECK(machine.cpus == static_cast<std::uint64_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
  CHECK(machine.memory_bytes.value_or(0) > 64 << 20);
}

TEST_CASE("block devices: by their uevent, else by number") {
  const TempDir sysfs;
  sysfs.write("dev/block/8:1/uevent", "MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\n");
  sysfs.write("dev/block/8:2/uevent", "DEVNAME=\n");
  CHECK(block_device_name(sysfs.path(), 8, 1) == "/dev/sda1");
  CHECK(block_device_name(sysfs.path(), 8, 2) == "8:2");
  CHECK(block_device_name(sysfs.path(), 253, 0) == "253:0");
}

}  // namespace
}  // namespace litewatch

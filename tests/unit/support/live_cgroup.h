#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace litewatch {

/// A cgroup of a test's own, below each of the given mount points; removed at the end of the scope,
/// which the processes in it must have left.
class LiveCgroup {
 public:
  /// `mount_points`: of one hierarchy each. What cannot be made is left out: see made().
  /// Its name is `name` in the test's own `parent`, or one that nothing else has.
  explicit LiveCgroup(const std::vector<std::string>& mount_points, const std::string& parent = "",
                      const std::string& name = "");
  ~LiveCgroup();
  LiveCgroup(const LiveCgroup&) = delete;
  LiveCgroup& operator=(const LiveCgroup&) = delete;

  /// Whether it is there below each of the mount points.
  bool made() const { return made_; }
  /// Below the mount points: "/litewatch-test-123-1".
  const std::string& path() const { return path_; }
  /// Writes one of its files, in the hierarchy of `mount_point`. False: the kernel said no.
  bool write(const std::string& mount_point, const std::string& file, const std::string& text);
  /// Moves a process of the test's own into it, in all hierarchies.
  bool enter(pid_t pid);
  /// Removes its folders, and makes them again. False: it could not, within a second.
  bool remove();
  bool make();

 private:
  std::vector<std::string> mount_points_;
  std::string path_;
  bool made_ = false;
};

/// A child process that waits for go(), then runs `work`, and ends with what that returns.
class TestChild {
 public:
  explicit TestChild(std::function<int()> work);
  /// Kills and reaps it.
  ~TestChild();
  TestChild(const TestChild&) = delete;
  TestChild& operator=(const TestChild&) = delete;

  pid_t pid() const { return pid_; }
  void go();
  /// Waits for its end: its exit status, 128 and the signal's number where one ended it.
  int wait();

 private:
  pid_t pid_ = -1;
  int go_fd_ = -1;
};

/// Sleeps until it is killed.
int sleep_forever();
/// Prints why a test does not run, as tests/run.sh wants it.
void skip_test(const std::string& reason);
/// Tries every few milliseconds for at most `most_s`.
bool wait_until(const std::function<bool()>& holds, double most_s = 5);

}  // namespace litewatch

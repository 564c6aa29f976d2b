#include "read/proc_locks.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "read/text_fields.h"
#include "read/whole_file.h"

// 1: POSIX  ADVISORY  READ  2105 08:01:1234 128 128
// 1: -> POSIX  ADVISORY  WRITE 2106 08:01:1234 0 EOF
//       kind   strictness mode pid  device:inode start end (device in hexadecimal)
namespace litewatch {
namespace {

constexpr std::size_t kMaxSize = 64 << 20;
constexpr std::size_t kMaxCommand = 200;

LockMode mode_of(std::string_view word) {
  if (word == "READ") return LockMode::kRead;
  return word == "WRITE" || word == "RW" ? LockMode::kWrite : LockMode::kNone;
}

std::optional<std::uint64_t> parse_end(std::string_view word) {
  if (word == "EOF") return std::numeric_limits<std::uint64_t>::max();
  return parse_integer<std::uint64_t>(word);
}

std::optional<ProcLock> parse_line(std::string_view line) {
  take_word(line);  // number
  std::string_view word = take_word(line);
  ProcLock lock;
  lock.waiting = word == "->";
  if (lock.waiting) word = take_word(line);
  lock.posix = word == "POSIX";
  take_word(line);  // ADVISORY
  lock.mode = mode_of(take_word(line));
  const auto pid = parse_integer<pid_t>(take_word(line));
  std::string_view file = take_word(line);
  const auto major = parse_integer<unsigned>(take_until(file, ':'), 16);
  const auto minor = parse_integer<unsigned>(take_until(file, ':'), 16);
  const auto inode = parse_integer<std::uint64_t>(file);
  const auto start = parse_integer<std::uint64_t>(take_word(line));
  const auto end = parse_end(take_word(line));
  if (!pid || !major || !minor || !inode || !start || !end) return std::nullopt;
  lock.pid = *pid;
  lock.major = *major;
  lock.minor = *minor;
  lock.inode = *inode;
  lock.start = *start;
  lock.end = *end;
  return lock;
}

/// One readable line: zeros between arguments become spaces, other control characters question
/// marks. Cut at a whole UTF-8 character.
std::string readable(std::string_view raw) {
  while (!raw.empty() && (raw.back() == '\0' || raw.back() == '\n')) raw.remove_suffix(1);
  std::size_t size = std::min(raw.size(), kMaxCommand);
  if (size < raw.size()) {
    while (size > 0 && (static_cast<unsigned char>(raw[size]) & 0xc0) == 0x80) --size;
  }
  std::string text(raw.substr(0, size));
  for (char& c : text) {
    if (c == '\0') {
      c = ' ';
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      c = '?';
    }
  }
  return text;
}

}  // namespace

std::vector<ProcLock> parse_proc_locks(std::string_view text) {
  std::vector<ProcLock> locks;
  while (!text.empty()) {
    const auto lock = parse_line(take_until(text, '\n'));
    if (lock) locks.push_back(*lock);
  }
  return locks;
}

Result<std::vector<ProcLock>> read_proc_locks(const std::string& path) {
  const auto text = read_whole_file(path, kMaxSize);
  if (!text) return text.error();
  return parse_proc_locks(*text);
}

std::string read_command(const std::string& procfs, pid_t pid) {
  const std::string folder = procfs + "/" + std::to_string(pid);
  const auto line = read_whole_file(folder + "/cmdline", 1 << 22);
  if (line) {
    std::string text = readable(*line);
    if (!text.empty()) return text;
  }
  const auto name = read_whole_file(folder + "/comm", 4096);
  return name && !name->empty() ? "[" + readable(*name) + "]" : std::string();
}

}  // namespace litewatch

#include "read/mountinfo.h"

#include <utility>

#include "read/path_text.h"
#include "read/text_fields.h"
#include "read/whole_file.h"

// 36 35 98:0 /mnt1 /mnt/parent rw,noatime master:1 - ext3 /dev/root rw,errors=continue
// id    |    |     |           |          |        | |    |         super options
//  parent    root  mount point options    |        | type source
//       major:minor             optional fields    separator
namespace litewatch {
namespace {

constexpr std::size_t kMaxSize = 64 << 20;

bool is_octal(std::string_view digits) {
  return digits.size() == 3 && digits[0] >= '0' && digits[0] <= '3' &&
         digits.find_first_not_of("01234567") == std::string_view::npos;
}

std::optional<Mount> parse_line(std::string_view line) {
  take_word(line);  // id
  take_word(line);  // parent
  std::string_view device = take_word(line);
  const auto major = parse_integer<unsigned>(take_until(device, ':'));
  const auto minor = parse_integer<unsigned>(device);
  Mount mount;
  mount.root = decode_octal(take_word(line));
  mount.mount_point = decode_octal(take_word(line));
  std::string_view options = take_word(line);
  mount.read_only = take_until(options, ',') == "ro";
  std::string_view word;
  do {
    word = take_word(line);
  } while (!word.empty() && word != "-");
  mount.fs_type = take_word(line);
  mount.source = decode_octal(take_word(line));
  mount.super_options = take_word(line);
  if (!major || !minor || !mount.mount_point.starts_with('/') || mount.fs_type.empty()) {
    return std::nullopt;
  }
  mount.major = *major;
  mount.minor = *minor;
  return mount;
}

}  // namespace

std::string decode_octal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i + 1, 3);
    if (text[i] != '\\' || !is_octal(digits)) {
      out += text[i];
      continue;
    }
    out += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
    i += 3;
  }
  return out;
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    auto mount = parse_line(take_until(text, '\n'));
    if (mount) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

Result<std::vector<Mount>> read_mountinfo(const std::string& path) {
  const auto text = read_whole_file(path, kMaxSize);
  if (!text) return text.error();
  return parse_mountinfo(*text);
}

const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    if (mount.mount_point != "/" && !below_folder(path, mount.mount_point)) continue;
    if (best == nullptr || mount.mount_point.size() >= best->mount_point.size()) best = &mount;
  }
  return best;
}

}  // namespace litewatch

#include "tool/import_secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "config/text_file.h"

namespace litewatch {
namespace {

/// A name that is plain in every file system, and never hidden.
std::string file_name(std::string_view module, std::string_view what) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  std::string name(module.substr(0, 100));
  for (char& c : name) {
    if (kPlain.find(c) == kPlain.npos) c = '_';
  }
  return name + "." + std::string(what);
}

std::optional<Error> expect_same(const std::string& path, const std::string& text) {
  const auto file = read_text_file(path, 1 << 24);
  if (!file) return file.error();
  if (file->text == text) return std::nullopt;
  return Error{ErrorKind::kBusy, "is there already and holds something else", path, 0};
}

std::optional<Error> write_file(const std::string& path, const std::string& text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0 && errno == EEXIST) return expect_same(path, text);
  if (file.get() < 0) return system_error(errno, "cannot create", path);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t size = ::write(file.get(), text.data() + done, text.size() - done);
    if (size < 0) return system_error(errno, "cannot write", path);
    done += static_cast<std::size_t>(size);
  }
  return std::nullopt;
}

}  // namespace

std::string ImportSecrets::keep(std::string_view module, std::string_view what,
                                std::string secret) {
  const std::string base = (has_folder() ? folder_ : "secrets") + "/" + file_name(module, what);
  std::string path = base;
  for (int number = 2; !paths_.insert(path).second; ++number) {
    path = base + "." + std::to_string(number);
  }
  kept_.push_back({path, std::move(secret)});
  return path;
}

std::optional<Error> ImportSecrets::write() const {
  if (!has_folder() || kept_.empty()) return std::nullopt;
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_error(errno, "cannot create the folder", folder_);
  }
  for (const Secret& secret : kept_) {
    if (auto error = write_file(secret.path, secret.text)) return error;
  }
  return std::nullopt;
}

}  // namespace litewatch

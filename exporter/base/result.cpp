#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace litewatch {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kDenied:
      return "denied";
    case ErrorKind::kMalformed:
      return "malformed";
    case ErrorKind::kTimeout:
      return "timeout";
    case ErrorKind::kBusy:
      return "busy";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "internal";
}

std::string Error::message() const {
  std::string text = path.empty() ? what : path + ": " + what;
  if (errnum != 0) text += std::string(" (") + std::strerror(errnum) + ")";
  return text;
}

Error system_error(int errnum, std::string_view what, std::string_view path) {
  ErrorKind kind = ErrorKind::kInternal;
  if (errnum == EACCES || errnum == EPERM) kind = ErrorKind::kDenied;
  if (errnum == ETIMEDOUT) kind = ErrorKind::kTimeout;
  return Error{kind, std::string(what), std::string(path), errnum};
}

}  // namespace litewatch

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace litewatch {

/// Why something could not be read. The words are also the values of the `reason` label.
enum class ErrorKind : unsigned char {
  kDenied,       ///< the kernel said no: permissions, a sandbox
  kMalformed,    ///< the bytes are not what their format says
  kTimeout,      ///< no answer within the deadline
  kBusy,         ///< kept changing while it was read, or is taken; worth another try
  kUnsupported,  ///< a kind of file or a format version that litewatch does not read
  kInternal,     ///< any other failure of a system call, or a defect of litewatch
};

/// The `reason` label value of a kind, e.g. "denied".
std::string_view to_string(ErrorKind kind);

/// A failure, with what a person needs to mend it.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string what;  ///< a short sentence without a full stop
  std::string path;  ///< the file concerned; empty where there is none
  int errnum = 0;    ///< errno of the failed system call; 0 where there was none

  /// "path: what (strerror)".
  std::string message() const;
};

/// The error of a failed system call: EACCES and EPERM are `denied`, ETIMEDOUT is `timeout`, the
/// rest is `internal`.
Error system_error(int errnum, std::string_view what, std::string_view path);

/// A value or an Error. Absence of a thing is a value (std::optional), never an error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: conversion is the point
  Result(Error error) : state_(std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// REQUIRES: ok().
  T& value() { return std::get<0>(state_); }
  const T& value() const { return std::get<0>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// REQUIRES: !ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace litewatch

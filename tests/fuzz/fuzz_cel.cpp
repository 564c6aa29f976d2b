// Any first line is a CEL expression or an error that names a place; any rest is a body. Whatever
// comes, an answer comes, and the same one again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz.h"
#include "probe/cel/cel.h"

namespace {

using litewatch::ErrorKind;

bool is_evaluation_error(const litewatch::Error& error) {
  return !error.what.empty() &&
         (error.kind == ErrorKind::kMalformed || error.kind == ErrorKind::kUnsupported);
}

bool is_compile_error(const litewatch::Error& error) {
  return error.kind == ErrorKind::kMalformed &&
         (error.what.starts_with("at ") || error.what.starts_with("longer than "));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = litewatch::text_of(data, size);
  const std::size_t line = std::min(text.find('\n'), size);
  const auto program = litewatch::CelProgram::compile(text.substr(0, line));
  if (!program) {
    litewatch::require(is_compile_error(program.error()));
    return 0;
  }
  const std::string_view body = text.substr(std::min(line + 1, size));
  const auto first = program->evaluate(body);
  const auto second = program->evaluate(body);
  litewatch::require(first.ok() == second.ok());
  litewatch::require(first ? *first == *second : is_evaluation_error(first.error()));
  return 0;
}

#include "probe/validate.h"

#include <algorithm>

#include "probe/cel/cel.h"
#include "probe/net/address.h"
#include "probe/pattern.h"

namespace litewatch {
namespace {

/// RFC 1035, section 2.3.4, less the root's dot.
constexpr std::size_t kLongestHost = 253;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// RFC 9110, section 5.6.2.
bool is_token_char(char c) {
  return is_alphanumeric(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// The colon is IPv6's.
bool is_glob_char(char c) {
  return is_alphanumeric(c) || std::string_view("-._:*?").find(c) != std::string_view::npos;
}

}  // namespace

std::string check_regexp(std::string_view regexp) {
  const auto pattern = Pattern::compile(regexp);
  return pattern ? "" : pattern.error().what;
}

std::string check_cel(std::string_view expression) {
  const auto program = CelProgram::compile(expression);
  return program ? "" : program.error().what;
}

std::string check_header_name(std::string_view name) {
  if (name.empty()) return "a header needs a name";
  if (std::all_of(name.begin(), name.end(), is_token_char)) return "";
  return "a header's name has only letters, digits and !#$%&'*+-.^_`|~";
}

std::string check_header_value(std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos) return "";
  return "a header's value is one line: no CR, LF or NUL";
}

std::string check_network(std::string_view network) {
  if (parse_network(network)) return "";
  return "expected an address or a network, e.g. 10.0.0.0/8 or fd00::/8";
}

std::string check_host_glob(std::string_view glob) {
  if (glob.empty()) return "expected a host, e.g. *.example.org";
  if (glob.size() > kLongestHost) return "longer than any host name (253)";
  if (glob.find("://") != std::string_view::npos || glob.find('/') != std::string_view::npos) {
    return "expected only a host, without scheme and path";
  }
  if (glob.find_first_of("[]") != std::string_view::npos) {
    return "an IPv6 address stands without brackets here";
  }
  if (std::all_of(glob.begin(), glob.end(), is_glob_char)) return "";
  return "a host has only letters, digits and - . _ : with * and ? for what may vary";
}

}  // namespace litewatch

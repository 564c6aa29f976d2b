#pragma once

#include <string>
#include <string_view>

namespace litewatch {

/// Each returns what is wrong, as a short clause for a message; empty where nothing is.
std::string check_regexp(std::string_view regexp);       ///< RE2, at most 1 MiB of automaton
std::string check_cel(std::string_view expression);      ///< the subset of CEL of cel.h
std::string check_header_name(std::string_view name);    ///< an RFC 9110 token
std::string check_header_value(std::string_view value);  ///< no CR, LF, NUL
std::string check_network(std::string_view network);     ///< an address, or a CIDR
/// A host name or address, in which `*` stands for any text and `?` for one character.
std::string check_host_glob(std::string_view glob);

}  // namespace litewatch

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace litewatch {

/// An http or https URL, taken apart by libcurl's own parser: the same that will connect, so that
/// nothing can be checked as one host and connected to as another.
struct Url {
  bool https = false;
  std::string host;  ///< lower case; international names as "xn--..."; an address without brackets
  int port = 0;
  std::string path;  ///< with the query; starts with '/'

  /// Scheme, host, port and path; no user information, no fragment.
  std::string text() const;
  /// "host:port" as an origin is compared; an IPv6 address in brackets.
  std::string authority() const;
  /// Of the Host field: without the scheme's own port.
  std::string host_field() const;
};

/// nullopt where it is no http or https URL. User information and fragment are dropped. A URL
/// without scheme is none.
std::optional<Url> parse_url(std::string_view text);

/// Where a Location field leads from `base`; nullopt where it is no http or https URL.
std::optional<Url> join_url(const Url& base, std::string_view location);

/// Same scheme, host and port.
bool same_origin(const Url& a, const Url& b);

/// `host` fits a glob: `*` any text, `?` one character; any case.
bool fits_glob(std::string_view glob, std::string_view host);

}  // namespace litewatch

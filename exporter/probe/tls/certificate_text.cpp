#include "probe/tls/certificate_text.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/objects.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace litewatch {
namespace {

constexpr std::size_t kLongest = 1024;

/// A part of a name that Go keeps in a field of its own. It is written from the last one to the
/// first, whatever the order in the certificate.
struct Attribute {
  int nid;
  std::string_view name;
  bool single;  ///< the last value wins
};
constexpr std::array<Attribute, 9> kAttributes = {{
    {NID_serialNumber, "SERIALNUMBER", true},
    {NID_commonName, "CN", true},
    {NID_postalCode, "POSTALCODE", false},
    {NID_streetAddress, "STREET", false},
    {NID_stateOrProvinceName, "ST", false},
    {NID_localityName, "L", false},
    {NID_organizationalUnitName, "OU", false},
    {NID_organizationName, "O", false},
    {NID_countryName, "C", false},
}};

bool is_known(int nid) {
  for (const Attribute& attribute : kAttributes) {
    if (attribute.nid == nid) return true;
  }
  return false;
}

std::string utf8_of(const ASN1_STRING* value) {
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, value);
  if (size < 0) return {};
  std::string text(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return text;
}

std::string escaped(std::string_view value) {
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool edge_space = c == ' ' && (i == 0 || i + 1 == value.size());
    if (std::string_view(",+\"\\<>;").find(c) != std::string_view::npos || edge_space ||
        (c == '#' && i == 0)) {
      text += '\\';
    }
    text += c;
  }
  return text;
}

bool is_printable_string(std::string_view text) {
  constexpr std::string_view kMarks = " '()+,-./:=?";
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && kMarks.find(c) == std::string_view::npos) return false;
  }
  return true;
}

/// Go knows no name for it: the number and the DER of the value, which it encodes anew.
std::string unknown_attribute(const ASN1_OBJECT* object, std::string_view value) {
  std::array<char, 128> number{};
  OBJ_obj2txt(number.data(), number.size(), object, 1);
  std::string der(1, is_printable_string(value) ? '\x13' : '\x0c');
  if (value.size() >= 0x100) {
    der += '\x82';
    der += static_cast<char>(value.size() >> 8);
  } else if (value.size() >= 0x80) {
    der += '\x81';
  }
  der += static_cast<char>(value.size() & 0xff);
  der += value;
  return std::string(number.data()) + "=#" +
         hex_text(reinterpret_cast<const unsigned char*>(der.data()), der.size());
}

std::string known_attribute(const Attribute& attribute, const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = attribute.single ? values.size() - 1 : 0; i < values.size(); ++i) {
    if (!text.empty()) text += '+';
    text.append(attribute.name).append("=").append(escaped(values[i]));
  }
  return text;
}

std::string clipped(std::string text) {
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

std::string dns_names(const X509* leaf) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  std::string text;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    if (!text.empty()) text += ',';
    text.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return text;
}

std::string serial_number(const X509* leaf) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(leaf), nullptr), BN_free);
  if (number == nullptr) return {};
  std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), bytes.data());
  return hex_text(bytes.data(), bytes.size());
}

std::string fingerprint(const X509* leaf) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  unsigned int size = 0;
  if (X509_digest(leaf, EVP_sha256(), digest.data(), &size) != 1) return {};
  return hex_text(digest.data(), size);
}

}  // namespace

std::string hex_text(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size);
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

std::string name_text(const X509_NAME* name) {
  std::map<int, std::vector<std::string>> known;
  std::vector<std::string> unknown;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, i);
    const ASN1_OBJECT* const object = X509_NAME_ENTRY_get_object(entry);
    const int nid = OBJ_obj2nid(object);
    std::string value = utf8_of(X509_NAME_ENTRY_get_data(entry));
    if (value.size() > kLongest) continue;
    if (is_known(nid)) {
      known[nid].push_back(std::move(value));
    } else {
      unknown.push_back(unknown_attribute(object, value));
    }
  }
  std::vector<std::string> parts;
  for (const Attribute& attribute : kAttributes) {
    const auto found = known.find(attribute.nid);
    if (found != known.end()) parts.push_back(known_attribute(attribute, found->second));
  }
  parts.insert(parts.end(), unknown.rbegin(), unknown.rend());
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return clipped(text);
}

std::optional<double> time_unix_s(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return static_cast<double>(::timegm(&parts));
}

void describe_leaf(const X509* leaf, TlsResult& result) {
  result.fingerprint_sha256 = fingerprint(leaf);
  result.subject = name_text(X509_get_subject_name(leaf));
  result.issuer = name_text(X509_get_issuer_name(leaf));
  result.subject_alternative = clipped(dns_names(leaf));
  result.serial_number = clipped(serial_number(leaf));
  result.not_before_unix_s = time_unix_s(X509_get0_notBefore(leaf));
  result.not_after_unix_s = time_unix_s(X509_get0_notAfter(leaf));
}

}  // namespace litewatch

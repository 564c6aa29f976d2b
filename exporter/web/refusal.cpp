#include "web/refusal.h"

namespace litewatch {
namespace {

struct Words {
  int status;
  std::string_view phrase;
  std::string_view text;
};

Words words_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::kBadRequest:
      break;
    case Refusal::kBody:
      return {413, "Content Too Large", "litewatch takes no request bodies\n"};
    case Refusal::kTooLarge:
      return {431, "Request Header Fields Too Large", "the request header is too large\n"};
    case Refusal::kTooSlow:
      return {408, "Request Timeout", "the request header took too long\n"};
    case Refusal::kTooBusy:
      return {503, "Service Unavailable", "too many requests at once\n"};
    case Refusal::kUnknownClient:
      return {403, "Forbidden", "the client certificate is not on the list\n"};
    case Refusal::kPlainHttp:
      return {400, "Bad Request", "this port speaks HTTPS\n"};
  }
  return {400, "Bad Request", "not an HTTP request that litewatch understands\n"};
}

}  // namespace

Answer refusal(Refusal refusal) {
  const Words words = words_of(refusal);
  Answer answer;
  answer.status = words.status;
  answer.close = true;
  answer.head = "HTTP/1.1 " + std::to_string(words.status) + " ";
  answer.head.append(words.phrase);
  answer.head += "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n";
  if (words.status == 503) answer.head += "Retry-After: 1\r\n";
  answer.head += "Content-Length: " + std::to_string(words.text.size()) + "\r\n\r\n";
  answer.body.bytes = words.text;
  return answer;
}

}  // namespace litewatch

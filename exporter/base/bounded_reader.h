#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace litewatch {

/// Reads files whose file system may never answer: on a thread of its own, for which nobody waits
/// longer than a bound. The thread that hangs is the only one: until it is free again, every read
/// fails at once. Reads are given by one thread at a time.
class BoundedReader {
 public:
  BoundedReader();
  /// Leaves a thread behind that hangs.
  ~BoundedReader();
  BoundedReader(const BoundedReader&) = delete;
  BoundedReader& operator=(const BoundedReader&) = delete;

  /// What `job` returns; nullopt where that takes longer than `bound_s`, where busy(), and after
  /// stop(). `job` may then go on for ever, or end long after the reader is gone: it has to own all
  /// that it uses.
  template <class Job>
  auto read(Job job, double bound_s) -> std::optional<decltype(job())> {
    const auto result = std::make_shared<std::optional<decltype(job())>>();
    const auto store = [result, job = std::move(job)] { result->emplace(job()); };
    if (!run(store, bound_s)) return std::nullopt;
    return std::move(*result);
  }

  /// Whether a job is under way: from where none is waited for, one that was given up.
  bool busy() const;

  /// Ends the wait of read(), and all later ones. Any thread.
  void stop();

 private:
  struct State;
  static void work(State& state);
  bool run(std::function<void()> job, double bound_s);

  const std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace litewatch

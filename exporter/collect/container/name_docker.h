#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "collect/container/name_subjects.h"
#include "collect/container/names.h"
#include "probe/docker.h"

namespace litewatch {

/// One socket of Docker or Podman as a source of names. Not thread-safe.
class DockerNames {
 public:
  /// How long health is believed that cannot be asked for any more.
  static constexpr double kHealthLasts_s = 60;
  /// After this long with inspections the other sources have their turn.
  static constexpr double kInspectFor_s = 1;

  DockerNames(std::string socket, std::vector<std::string> allowed_labels);

  /// Whether something came or went, unless it failed lately, or due_s() has passed.
  bool is_due(const NameSubjects& subjects, double now_s) const;
  /// When to refresh() without something new.
  double due_s() const { return due_s_; }
  /// Lists the containers and inspects those that are new, restarted or ended. `stopping` is asked
  /// between two requests. The first failure; one of an inspection alone concerns that container
  /// and no other.
  std::optional<Error> refresh(const NameSubjects& subjects, double now_s,
                               const std::function<bool()>& stopping);
  const std::string& socket() const { return api_.socket(); }

  /// nullptr: it does not tell.
  const ContainerName* find(const std::string& id) const;
  /// Whether asking again soon brings nothing more for it.
  bool answered(const std::string& id, const NameSubject& subject, double now_s) const;

 private:
  struct Known {
    ContainerName name;
    bool listed = false;       ///< the last time
    bool inspected = false;    ///< the instance that `name` speaks of
    bool seen_ending = false;  ///< nothing is left to be asked
    int failures = 0;          ///< of inspections
  };

  std::vector<std::string> to_inspect(const NameSubjects& subjects) const;
  void forget(const NameSubjects& subjects);
  void take_list(const NameSubjects& subjects, const std::vector<DockerContainer>& list);
  std::optional<Error> inspect_all(const NameSubjects& subjects,
                                   const std::function<bool()>& stopping);
  std::optional<Error> inspect(const std::string& id, const NameSubject& subject, Known& known);
  void fail(double now_s);
  void plan(const NameSubjects& subjects, double now_s);

  DockerApi api_;
  const std::vector<std::string> allowed_labels_;
  std::map<std::string, Known> known_;
  std::optional<double> failing_since_s_;
  double due_s_ = 0;
  std::uint64_t seen_revision_ = 0;
};

}  // namespace litewatch

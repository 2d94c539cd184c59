#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"

namespace rhizome::config {

/// A value of the configuration.
using value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                           std::vector<std::string>>;

/// The type of a key: the alternative of `value` that it holds. An integer is accepted where a real is asked for.
enum class value_type { boolean, integer, real, text, integers, reals, texts };

/// One key: everything that parsing, validation, `rhizome explain`, `rhizome check` and docs/reference.md need.
struct key {
  std::string name;
  value default_value;                   ///< also fixes the type
  std::string sentence;                  ///< what it means, one sentence
  std::string unit = {};                 ///< such as "seconds", "samples"; empty where there is none
  std::optional<double> minimum = {};    ///< inclusive; of each element in an array
  std::optional<double> maximum = {};    ///< inclusive
  bool exclusive_minimum = false;        ///< the minimum itself is not allowed
  std::vector<std::string> choices = {}; ///< allowed texts; empty: any

  [[nodiscard]] value_type type() const { return static_cast<value_type>(default_value.index()); }
};

/// One choice of a section's `name` key (a topology, a model ...) with the keys that only it has.
struct variant {
  std::string name;
  std::string sentence;
  std::vector<key> keys = {};
};

class document;

/// A combination of values that cannot work, found after every single value has been checked.
struct problem {
  std::string key;      ///< the key to point at, such as "topology.degree"
  std::string sentence; ///< what is wrong and what is allowed; it is printed as "place: key: sentence"
};

/// One table of the file: common keys, and where `selector` is set (such as "name"), variants chosen by that key. The
/// selector's own key stands among `keys`; its choices are the variants' names.
struct section_schema {
  std::string name;
  std::string sentence;
  std::vector<key> keys = {};
  std::string selector = {};
  std::vector<variant> variants = {};
  /// Checks combinations, within the section and with others. Null: there are none.
  std::function<std::vector<problem>(const document&)> check = {};

  /// The common key of that name or, for the named variant, its own; null if there is none.
  [[nodiscard]] const key* find(std::string_view key_name, std::string_view variant_name) const;
  [[nodiscard]] const variant* find_variant(std::string_view variant_name) const;
};

/// Values of one validated section: each key that its schema and chosen variant define is there.
class section {
public:
  section() = default;
  explicit section(std::map<std::string, value> values) : values_(std::move(values)) {}

  /// The value of a key. It is a programmer's error to ask for a key or a type that the schema does not have:
  /// throws std::logic_error.
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] double real(std::string_view name) const;
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] const std::vector<std::int64_t>& integers(std::string_view name) const;
  [[nodiscard]] const std::vector<double>& reals(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& texts(std::string_view name) const;

  [[nodiscard]] bool has(std::string_view name) const;
  void set(std::string name, value v);
  [[nodiscard]] const std::map<std::string, value>& values() const { return values_; }

private:
  [[nodiscard]] const value& at(std::string_view name) const;
  std::map<std::string, value> values_;
};

/// A whole configuration after validation: every section of the schema with every key.
class document {
public:
  /// Throws std::logic_error if the schema has no such section.
  [[nodiscard]] const section& operator[](std::string_view name) const;
  void set(std::string name, section s);
  [[nodiscard]] const std::map<std::string, section>& sections() const { return sections_; }

private:
  std::map<std::string, section> sections_;
};

/// The schema of a whole file, in the order in which sections are printed.
struct schema {
  std::vector<section_schema> sections;
  [[nodiscard]] const section_schema* find(std::string_view name) const;
};

/// The section filled with every default, for the named variant (empty: the selector's default). For tests and tools.
[[nodiscard]] section defaults(const section_schema& schema, std::string_view variant_name = {});

} // namespace rhizome::config

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>

#include "core/data/source.hpp"
#include "core/data/sources/csv_table.hpp"
#include "core/data/standardise.hpp"
#include "core/data/subset.hpp"

namespace rhizome::data::sources {

namespace {

template <class T>
std::optional<T> number(const std::string& text) {
  T value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size())
    return {};
  return value;
}

/// The distinct labels in order: by value if all are integers, else by their bytes.
std::vector<std::string> distinct(std::vector<std::string> labels) {
  std::ranges::sort(labels);
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  const auto value = [](const std::string& label) { return number<std::int64_t>(label); };
  if (std::ranges::all_of(labels, [&](const auto& label) { return value(label).has_value(); }))
    std::ranges::stable_sort(labels, {}, [&](const auto& label) { return *value(label); });
  return labels;
}

result<void> set_labels(const csv_table& table, const std::vector<std::string>& classes,
                        const std::filesystem::path& file, samples& into) {
  std::vector<std::size_t> by_name(classes.size());
  std::iota(by_name.begin(), by_name.end(), std::size_t{0});
  const auto name = [&classes](std::size_t c) -> const std::string& { return classes[c]; };
  std::ranges::sort(by_name, {}, name);
  for (const auto& label : table.labels) {
    const auto found = std::ranges::lower_bound(by_name, label, {}, name);
    if (found == by_name.end() || name(*found) != label)
      return fail(error_kind::bad_data, "{} has the label \"{}\", which no training sample has.", file.string(), label);
    into.labels.push_back(static_cast<std::int32_t>(*found));
  }
  return {};
}

result<void> set_targets(const csv_table& table, const std::filesystem::path& file, samples& into) {
  for (const auto& label : table.labels) {
    const auto value = number<float>(label);
    if (!value || !std::isfinite(*value))
      return fail(error_kind::bad_data,
                  "{} has the target \"{}\", expected a finite number (data.task = "
                  "\"regression\").",
                  file.string(), label);
    into.targets.push_back(*value);
  }
  return {};
}

result<samples> to_samples(csv_table& table, task kind, const std::vector<std::string>& classes,
                           const std::filesystem::path& file) {
  samples converted;
  converted.count = table.labels.size();
  auto good =
      kind == task::regression ? set_targets(table, file, converted) : set_labels(table, classes, file, converted);
  if (!good)
    return fail(good);
  converted.features = std::move(table.features);
  return converted;
}

/// Moves a random fraction of the training samples to the test set.
result<void> split_off_test(dataset& set, double fraction, std::uint64_t seed, const std::filesystem::path& file) {
  const auto count = static_cast<std::uint32_t>(set.train.count);
  const auto n_test = static_cast<std::uint32_t>(std::lround(fraction * count));
  if (n_test == 0 || n_test >= count)
    return fail(error_kind::bad_data,
                "data.test_fraction = {} of the {} rows of {} leaves no training or no test "
                "samples.",
                fraction, count, file.string());
  const auto test = random_subset(count, n_test, seed, draw::test_fraction);
  std::vector<std::uint32_t> all(count), train;
  std::iota(all.begin(), all.end(), 0U);
  std::ranges::set_difference(all, test, std::back_inserter(train));
  set.test = select(set.train, set.features(), test);
  set.train = select(set.train, set.features(), train);
  return {};
}

result<dataset> load_csv(const load_request& request) {
  const auto& keys = request.keys;
  const double fraction = keys.real("test_fraction");
  std::error_code ignored;
  const bool one_file = std::filesystem::is_regular_file(request.path, ignored);
  if (one_file && fraction == 0)
    return fail(error_kind::invalid_input,
                "data.path names one file, {}: set data.test_fraction to the part that becomes the test set, or name a "
                "directory with train.csv and test.csv.",
                request.path.string());
  const auto train_file = one_file ? request.path : request.path / "train.csv";
  auto table = read_csv(train_file, keys.text("label"));
  if (!table)
    return fail(table);

  dataset set;
  set.kind = keys.text("task") == "regression" ? task::regression : task::classification;
  set.shape = {static_cast<std::int64_t>(table->columns)};
  const auto classes = set.kind == task::classification ? distinct(table->labels) : std::vector<std::string>{};
  set.classes = static_cast<std::int64_t>(classes.size());
  auto train = to_samples(*table, set.kind, classes, train_file);
  if (!train)
    return fail(train);
  set.train = std::move(*train);
  if (fraction > 0) {
    if (auto good = split_off_test(set, fraction, request.seed, train_file); !good)
      return fail(good);
  } else {
    const auto test_file = request.path / "test.csv";
    auto test_table = read_csv(test_file, keys.text("label"));
    if (!test_table)
      return fail(test_table);
    if (test_table->columns != table->columns || test_table->names != table->names)
      return fail(error_kind::bad_data, "{} and {} do not have the same columns.", train_file.string(),
                  test_file.string());
    auto test = to_samples(*test_table, set.kind, classes, test_file);
    if (!test)
      return fail(test);
    set.test = std::move(*test);
  }
  if (keys.boolean("standardise"))
    standardise(set);
  return set;
}

} // namespace

source csv() {
  return {.variant = {"csv",
                      "Your own table of numbers with a label column: train.csv and test.csv (or .gz) in data.path, or "
                      "data.path names one file.",
                      {{.name = "label",
                        .default_value = std::string("label"),
                        .sentence = "The label's column: its name in the header, or its number (0 the first, -1 the "
                                    "last); distinct labels are numbered in sorted order."},
                       {.name = "task",
                        .default_value = std::string("classification"),
                        .sentence = "Whether the label is a class (integer or text) or a real number.",
                        .choices = {"classification", "regression"}},
                       {.name = "test_fraction",
                        .default_value = 0.0,
                        .sentence = "Part of the training file that becomes the test set, drawn at random; 0: read "
                                    "test.csv.",
                        .minimum = 0,
                        .maximum = 1},
                       {.name = "standardise",
                        .default_value = true,
                        .sentence = "Scale each feature to mean 0 and deviation 1 over the training samples."}}},
          .load = load_csv,
          .how_to_get = "Put train.csv and test.csv into one directory and name it in data.path, or name one file and "
                        "set data.test_fraction."};
}

} // namespace rhizome::data::sources

#include "core/data/load.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "core/data/source.hpp"
#include "core/data/subset.hpp"

namespace rhizome::data {

namespace {

/// Nodes hold 32-bit indices into a data set.
constexpr std::size_t most_samples = std::numeric_limits<std::uint32_t>::max();

/// Keeps `wanted` random samples in their order; 0 keeps all.
result<void> limit(samples& of, std::size_t features, std::string_view key, std::int64_t wanted, std::uint64_t seed,
                   draw what) {
  const auto size = static_cast<std::uint64_t>(wanted);
  if (size > of.count)
    return fail(error_kind::invalid_input, "data.{} = {}, but the data set has only {} such samples; 0 takes all.", key,
                wanted, of.count);
  if (size == 0 || size == of.count)
    return {};
  of = select(of, features,
              random_subset(static_cast<std::uint32_t>(of.count), static_cast<std::uint32_t>(size), seed, what));
  return {};
}

/// Moves the part `data.validation` of the test or training samples to the validation set.
result<void> hold_out(dataset& set, const config::section& data, std::uint64_t seed) {
  const double fraction = data.real("validation");
  if (fraction == 0)
    return {};
  const auto& source = data.text("validation_source");
  auto& from = source == "train" ? set.train : set.test;
  const auto count = static_cast<std::uint32_t>(from.count);
  const auto size = static_cast<std::uint32_t>(std::llround(fraction * count));
  if (size == 0 || size >= count)
    return fail(error_kind::invalid_input,
                "data.validation = {} of the {} {} samples leaves no validation samples or no others: choose another "
                "fraction, or data.validation_source = \"{}\".",
                fraction, count, source == "train" ? "training" : "test", source == "train" ? "test" : "train");
  const auto held_out = random_subset(count, size, seed, draw::validation);
  std::vector<std::uint32_t> all(count), rest;
  std::iota(all.begin(), all.end(), 0U);
  std::ranges::set_difference(all, held_out, std::back_inserter(rest));
  set.validation = select(from, set.features(), held_out);
  from = select(from, set.features(), rest);
  return {};
}

result<void> check_counts(const dataset& set) {
  for (const auto* part : {&set.train, &set.test}) {
    const auto which = part == &set.train ? "training" : "test";
    if (part->count == 0)
      return fail(error_kind::bad_data, "The data set \"{}\" has no {} samples.", set.name, which);
    if (part->count > most_samples)
      return fail(error_kind::bad_data, "The data set \"{}\" has {} {} samples; at most {} are supported.", set.name,
                  part->count, which, most_samples);
  }
  return {};
}

} // namespace

result<dataset> load(const config::section& data, std::size_t nodes, std::uint64_t seed) {
  const auto& name = data.text("dataset");
  const auto* chosen = find_source(name);
  if (!chosen)
    throw std::logic_error("data.dataset was not validated");
  const auto& path = data.text("path");
  if (path.empty() && chosen->default_path.empty() && !chosen->generated)
    return fail(error_kind::invalid_input, "data.dataset = \"{}\" needs data.path. {}", name, chosen->how_to_get);

  auto loaded = chosen->load({data, path.empty() ? chosen->default_path : path, nodes, seed});
  if (!loaded) {
    auto reason = loaded.error();
    if (reason.kind == error_kind::bad_data && !chosen->how_to_get.empty())
      reason.message += " " + chosen->how_to_get;
    return tl::unexpected<error>(std::move(reason));
  }
  loaded->name = name;
  if (auto good = check_counts(*loaded); !good)
    return fail(good);
  const auto features = loaded->features();
  if (auto cut =
          limit(loaded->train, features, "train_samples", data.integer("train_samples"), seed, draw::train_subset);
      !cut)
    return fail(cut);
  if (auto cut = limit(loaded->test, features, "test_samples", data.integer("test_samples"), seed, draw::test_subset);
      !cut)
    return fail(cut);
  if (auto held_out = hold_out(*loaded, data, seed); !held_out)
    return fail(held_out);
  return loaded;
}

} // namespace rhizome::data

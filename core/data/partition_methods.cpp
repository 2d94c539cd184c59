#include "core/data/partition_methods.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "core/data/subset.hpp"

namespace rhizome::data {

namespace {

/// How often a Dirichlet draw that leaves a node with too few samples is drawn again.
constexpr std::uint32_t most_attempts = 500;

/// Where part `part` begins if `size` items are cut into `parts` equal ones, of which the first take what is over.
std::size_t part_begin(std::size_t size, std::size_t parts, std::size_t part) {
  return part * (size / parts) + std::min(part, size % parts);
}

/// Cuts `order` into as many equal parts as there are receivers.
void deal(std::span<const std::uint32_t> order, std::span<const node_id> receivers, owners& to) {
  for (std::size_t part = 0; part < receivers.size(); ++part)
    for (auto i = part_begin(order.size(), receivers.size(), part);
         i < part_begin(order.size(), receivers.size(), part + 1); ++i)
      to[order[i]] = receivers[part];
}

std::vector<std::uint32_t> counting(std::size_t size) {
  std::vector<std::uint32_t> numbers(size);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

/// Cuts `order` where the sums of `sizes` come to lie: a node's part is within one sample of its fraction, and nothing
/// is over if they sum to 1.
void deal_fractions(std::span<const std::uint32_t> order, const std::vector<double>& sizes, owners& to) {
  double sum = 0;
  std::size_t at = 0;
  for (std::size_t node = 0; node < sizes.size(); ++node) {
    sum += sizes[node];
    const auto cut = static_cast<std::size_t>(sum * static_cast<double>(order.size()) + 0.5);
    for (const auto end = std::min(cut, order.size()); at < end; ++at)
      to[order[at]] = static_cast<node_id>(node);
  }
}

/// Gives each node its part of `order`, as `data.sizes` says.
owners cut(const partition_request& request, std::span<const std::uint32_t> order) {
  owners assigned(order.size(), nobody);
  if (const auto& sizes = request.keys.reals("sizes"); sizes.empty())
    deal(order, counting(request.nodes), assigned);
  else
    deal_fractions(order, sizes, assigned);
  return assigned;
}

result<owners> iid(const partition_request& request) {
  auto order = counting(request.from.count);
  request.random().shuffle(std::span(order));
  return cut(request, order);
}

result<owners> contiguous(const partition_request& request) {
  return cut(request, counting(request.from.count));
}

result<owners> by_shards(const partition_request& request) {
  const auto per_node = static_cast<std::size_t>(request.keys.integer("shards"));
  const auto n_shards = per_node * request.nodes;
  if (n_shards > request.from.count)
    return fail(error_kind::invalid_input,
                "data.shards = {} for each of {} nodes makes {} shards, but there are only {} training samples: lower "
                "data.shards or experiment.nodes.",
                per_node, request.nodes, n_shards, request.from.count);
  std::vector<node_id> receivers(n_shards);
  for (std::size_t shard = 0; shard < n_shards; ++shard)
    receivers[shard] = static_cast<node_id>(shard / per_node);
  request.random().shuffle(std::span(receivers));
  owners assigned(request.from.count, nobody);
  deal(sort_by_label(request.from, request.classes).order, receivers, assigned);
  return assigned;
}

/// One draw from Dir(alpha x 1) over the nodes whose `room` is set; the others get 0. In logarithms, for with a small
/// alpha nearly all gamma variates underflow.
void draw_proportions(random_stream& random, double alpha, const std::vector<bool>& room, std::vector<double>& p) {
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < p.size(); ++i) {
    // Gamma(a) = Gamma(a + 1) x U^(1/a)
    p[i] = std::log(random.gamma(alpha + 1)) + std::log(1 - random.uniform()) / alpha;
    if (room[i])
      largest = std::max(largest, p[i]);
  }
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    p[i] = room[i] ? std::exp(p[i] - largest) : 0;
    sum += p[i];
  }
  for (auto& share : p)
    share /= sum;
}

/// Fills `assigned` with one Dirichlet draw for each class; returns the size of the smallest shard.
std::size_t dirichlet_attempt(const partition_request& request, const label_order& by_label, std::uint32_t attempt,
                              owners& assigned) {
  auto random = request.random(attempt);
  const double alpha = request.keys.real("alpha");
  std::vector<double> p(request.nodes);
  std::vector<std::size_t> sizes(request.nodes, 0);
  std::vector<bool> room(request.nodes, true);
  std::vector<std::uint32_t> order;
  for (std::size_t c = 0; c + 1 < by_label.begin.size(); ++c) {
    order.assign(by_label.order.begin() + static_cast<std::ptrdiff_t>(by_label.begin[c]),
                 by_label.order.begin() + static_cast<std::ptrdiff_t>(by_label.begin[c + 1]));
    if (order.empty())
      continue;
    random.shuffle(std::span(order));
    draw_proportions(random, alpha, room, p);
    double cumulated = 0;
    std::size_t at = 0;
    for (node_id node = 0; node < request.nodes; ++node) {
      cumulated += p[node];
      const bool last = node + 1 == request.nodes;
      const auto cut = static_cast<std::size_t>(cumulated * static_cast<double>(order.size()) + 0.5);
      const auto end = last ? order.size() : std::clamp(cut, at, order.size());
      sizes[node] += end - at;
      for (; at < end; ++at)
        assigned[order[at]] = node;
      room[node] = sizes[node] * request.nodes < assigned.size();
    }
  }
  return *std::ranges::min_element(sizes);
}

result<owners> dirichlet(const partition_request& request) {
  const auto wanted = static_cast<std::size_t>(request.keys.integer("min_samples"));
  const auto least = wanted > 0 ? wanted : static_cast<std::size_t>(request.classes);
  if (least * request.nodes > request.from.count)
    return fail(error_kind::invalid_input,
                "data.min_samples = {} for each of {} nodes needs more than the {} training samples: lower "
                "data.min_samples (0 means the number of classes, {}) or experiment.nodes.",
                least, request.nodes, request.from.count, request.classes);
  const auto by_label = sort_by_label(request.from, request.classes);
  owners assigned(request.from.count, nobody);
  for (std::uint32_t attempt = 0; attempt < most_attempts; ++attempt)
    if (dirichlet_attempt(request, by_label, attempt, assigned) >= least)
      return assigned;
  return fail(error_kind::invalid_input,
              "The dirichlet partition left some node with fewer than {} samples in each of {} draws: raise data.alpha "
              "(now {}), lower data.min_samples (now {}, where 0 means the number of classes) or experiment.nodes (now "
              "{}).",
              least, most_attempts, request.keys.real("alpha"), wanted, request.nodes);
}

/// The nodes of each class: every node takes the classes that have the fewest nodes so far, ties at random.
std::vector<std::vector<node_id>> deal_classes(const partition_request& request, std::size_t per_node) {
  std::vector<std::vector<node_id>> holders(static_cast<std::size_t>(request.classes));
  auto order = counting(holders.size());
  auto random = request.random();
  for (node_id node = 0; node < request.nodes; ++node) {
    random.shuffle(std::span(order));
    std::ranges::stable_sort(order, {}, [&holders](std::uint32_t c) { return holders[c].size(); });
    for (std::size_t i = 0; i < per_node; ++i)
      holders[order[i]].push_back(node);
  }
  return holders;
}

result<owners> by_class(const partition_request& request) {
  const auto per_node = request.keys.integer("classes_per_node");
  if (per_node > request.classes)
    return fail(error_kind::invalid_input, "data.classes_per_node = {}, but the data set has only {} classes.",
                per_node, request.classes);
  const auto holders = deal_classes(request, static_cast<std::size_t>(per_node));
  auto by_label = sort_by_label(request.from, request.classes);
  auto random = request.random(1);
  owners assigned(request.from.count, nobody);
  for (std::size_t c = 0; c < holders.size(); ++c) {
    const auto samples_of_class =
        std::span(by_label.order).subspan(by_label.begin[c], by_label.begin[c + 1] - by_label.begin[c]);
    random.shuffle(samples_of_class);
    deal(samples_of_class, holders[c], assigned);
  }
  return assigned;
}

/// Those who have training samples, ascending. Errors: fewer than nodes.
result<std::vector<std::uint32_t>> present_users(const partition_request& request) {
  std::vector<bool> present(request.users, false);
  for (const auto user : request.from.users)
    present[user] = true;
  std::vector<std::uint32_t> users;
  for (std::uint32_t user = 0; user < request.users; ++user)
    if (present[user])
      users.push_back(user);
  if (users.size() < request.nodes)
    return fail(error_kind::invalid_input,
                "data.partition = \"{}\" gives each node at least one user, but there are {} users with training "
                "samples for {} nodes: lower experiment.nodes.",
                request.keys.text("partition"), users.size(), request.nodes);
  return users;
}

/// Cuts the list of users into equal parts; their samples follow.
owners deal_users(const partition_request& request, std::span<const std::uint32_t> users) {
  owners node_of_user(request.users, nobody);
  deal(users, counting(request.nodes), node_of_user);
  owners assigned;
  assigned.reserve(request.from.count);
  for (const auto user : request.from.users)
    assigned.push_back(node_of_user[user]);
  return assigned;
}

result<owners> natural(const partition_request& request) {
  auto users = present_users(request);
  if (!users)
    return fail(users);
  request.random().shuffle(std::span(*users));
  return deal_users(request, *users);
}

result<owners> natural_contiguous(const partition_request& request) {
  const auto users = present_users(request);
  if (!users)
    return fail(users);
  return deal_users(request, *users);
}

} // namespace

random_stream partition_request::random(std::uint32_t attempt) const {
  return {seed, purpose::partition, static_cast<std::uint32_t>(draw::train_owners), attempt};
}

const std::vector<partition_method>& partition_methods() {
  static const std::vector<partition_method> all = {
      {.name = "iid", .takes_sizes = true, .assign = iid},
      {.name = "contiguous", .takes_sizes = true, .assign = contiguous},
      {.name = "shards", .needs_labels = true, .assign = by_shards},
      {.name = "dirichlet", .needs_labels = true, .assign = dirichlet},
      {.name = "by-class", .needs_labels = true, .assign = by_class},
      {.name = "natural", .needs_users = true, .assign = natural},
      {.name = "natural-contiguous", .needs_users = true, .assign = natural_contiguous},
  };
  return all;
}

label_order sort_by_label(const samples& from, std::int64_t classes) {
  label_order sorted;
  sorted.order = counting(from.count);
  sorted.begin.assign(static_cast<std::size_t>(std::max<std::int64_t>(classes, 1)) + 1, 0);
  if (from.labels.empty()) {
    sorted.begin.back() = from.count;
    return sorted;
  }
  for (const auto label : from.labels)
    ++sorted.begin[static_cast<std::size_t>(label) + 1];
  std::partial_sum(sorted.begin.begin(), sorted.begin.end(), sorted.begin.begin());
  auto next = sorted.begin;
  for (std::uint32_t i = 0; i < from.count; ++i)
    sorted.order[next[static_cast<std::size_t>(from.labels[i])]++] = i;
  return sorted;
}

} // namespace rhizome::data

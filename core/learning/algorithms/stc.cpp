#include <cstring>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/learning/federated.hpp"
#include "core/sharing/codecs/registry.hpp"
#include "core/sharing/compressor.hpp"
#include "core/sharing/partial.hpp"
#include "core/sharing/ternary.hpp"

// Sparse ternary compression (Sattler et al., "Robust and communication-efficient federated learning from non-iid
// data", 2019, algorithm 2): both directions send C(change + error memory), and keep what C left out.
//
// The server's update of round r goes to the round's participants at its end, so all of them hold the server's model,
// to the bit. A worker that rested gets the updates that it has missed when it takes part again, or the whole model
// where that is smaller. Updates are added one by one, never their sum: it would be rounded differently.

namespace rhizome::learning {

namespace {

using sharing::compressed_term;
using sharing::compressor_ptr;

/// The server's update of the fragment's round. What workers send is of kind `model`, and so is the whole model that
/// takes the place of missed updates.
constexpr auto update_kind = fragment_kind::first_own;

struct stc_options {
  compressor_ptr compressor;
  double participation = 1;
};

/// out = vector + sum of the terms' C(v).
slot add_terms(job_builder& job, const compressor_ptr& with, slot vector, std::vector<compressed_term> terms) {
  if (terms.empty())
    return vector;
  const slot out = job.fresh();
  const auto first = terms.front().body;
  job.add(decode_step{first, vector, out, sharing::summing_decoder(with, job.round(), std::move(terms))});
  return out;
}

// -- the worker ------------------------------------------------------------------------------------------------------

/// x is the server's model. Round r: y = local steps from x, c = y - x + e, send C(c), e = c - C(c); then x += the
/// server's update. What the worker has trained itself never stays in x.
class stc_worker final : public with_optimizer<federated_member> {
public:
  stc_worker(node_context context, stc_options options)
      : with_optimizer(std::move(context), options.participation), compressor_(std::move(options.compressor)) {}

  waiting waiting_for() const override {
    if (!begun())
      return waiting_for_view();
    if (computing_)
      return {round(), {}, {}};
    return {round(),
            fmt::format("{} round {}", answered_ ? "the server's update of" : "missed updates before", round()),
            {server()}};
  }

  state save() const override {
    auto saved = with_optimizer::save();
    saved.arrays["error"] = error_;
    saved.counters["updates"] = updates_;
    saved.counters["isolated"] = isolated_ ? 1 : 0;
    return saved;
  }

  void load(const state& saved) override {
    with_optimizer::load(saved);
    error_ = saved.arrays.at("error");
    updates_ = static_cast<round_number>(saved.counters.at("updates"));
    isolated_ = saved.counters.at("isolated") != 0;
  }

private:
  void begin_round(effects& out) override {
    answered_ = false;
    if (takes_part())
      advance(out);
    else
      end_round(not_trained, {}, nullptr, 0, out);
  }

  void on_fragment(fragment f, effects& out) override {
    if (f.sender != server() || f.round < (f.kind == update_kind ? updates_ : round()))
      return;
    inbox_.put(std::move(f));
    if (begun() && !computing_)
      advance(out);
  }

  /// Does what is possible now.
  void advance(effects& out) {
    if (!answered_ && catch_up())
      train(out);
    if (answered_ && !computing_ && take_update(round()))
      apply_update(out);
  }

  bool take_update(round_number of_round) {
    auto f = inbox_.take(of_round, server(), update_kind);
    if (!f)
      return false;
    missing_terms_.push_back({std::move(f->body), server(), 1.0F});
    ++updates_;
    return true;
  }

  /// Whether the model of this round is there, or all updates up to it.
  bool catch_up() {
    if (updates_ == round())
      return true;
    if (auto f = inbox_.take(round(), server())) {
      model_ = std::move(f->body->values);
      missing_terms_.clear();
      updates_ = round();
      return true;
    }
    while (updates_ < round() && take_update(updates_)) {
    }
    return updates_ == round();
  }

  void train(effects& out) {
    if (isolated_) {
      answer(nullptr, out);
      return;
    }
    computing_ = true;
    job_builder job(context().id, round());
    const slot x =
        add_terms(job, compressor_, job.input(std::exchange(model_, nullptr)), std::exchange(missing_terms_, {}));
    const slot y = job.copy(x);
    const auto steps = context().local_steps;
    train_step local{y, {}, {std::uint64_t{round()} * steps, steps}, optimizer_.steps()};
    const slot change = job.fresh();
    job.output(x);
    job.output(change);
    local.optimizer = optimizer_.lend(job);
    job.add(std::move(local));
    job.add(combine_step{change, {{y, 1.0F}, {x, -1.0F}, {job.input(error_), 1.0F}}});
    job.encode({change}, sharing::compressing_encoder(compressor_, context().id, round()));
    out.emplace_back(compute{round(), job.build()});
  }

  void answer(payload_ptr body, effects& out) {
    sent_ = body;
    answered_ = true;
    send_to(fragment{context().id, round(), fragment_kind::model, false, std::move(body)}, {server()}, out);
  }

  void apply_update(effects& out) {
    computing_ = true;
    job_builder job(context().id, round());
    job.output(
        add_terms(job, compressor_, job.input(std::exchange(model_, nullptr)), std::exchange(missing_terms_, {})));
    if (sent_)
      job.output(
          add_terms(job, compressor_, job.input(std::exchange(error_, nullptr)), {{sent_, context().id, -1.0F}}));
    out.emplace_back(compute{round(), job.build()});
  }

  void on_computed(token, job_result result, effects& out) override {
    computing_ = false;
    model_ = std::move(result.outputs.at(0));
    if (answered_) {
      if (std::exchange(sent_, nullptr))
        error_ = std::move(result.outputs.at(1));
      end_round(train_loss_, {}, nullptr, 0, out);
      return;
    }
    train_loss_ = result.train_loss;
    if (result.finite) {
      error_ = std::move(result.outputs.at(1)); // what was sent is taken out with the server's update
      optimizer_.take_back(result, context().local_steps);
      answer(result.payloads.at(0), out);
      return;
    }
    out.emplace_back(diverged{round(), result.train_loss});
    if (run().on_nonfinite == nonfinite_policy::stop)
      return;
    isolated_ = true;
    train_loss_ = not_trained;
    optimizer_.forget();
    answer(nullptr, out);
  }

  compressor_ptr compressor_;
  snapshot error_;                             ///< what C left out; null: 0
  std::vector<compressed_term> missing_terms_; ///< updates that have come and are not in the model yet
  round_number updates_ = 0;                   ///< the model and those terms hold the updates of the rounds below it
  inbox inbox_;
  payload_ptr sent_; ///< this round's C(c)
  double train_loss_ = not_trained;
  bool computing_ = false;
  bool answered_ = false; ///< in this round
  bool isolated_ = false; ///< it trains no more (nonfinite_policy::isolate), but follows the server
};

// -- the server ------------------------------------------------------------------------------------------------------

/// c = e + (1 / |S|) sum_k C(c_k), sends C(c), e = c - C(c), x += C(c).
class stc_server final : public federated_server {
public:
  stc_server(node_context context, stc_options options)
      : federated_server(std::move(context), options.participation), compressor_(std::move(options.compressor)),
        updates_of_(server(), 0) {}

  state save() const override;
  void load(const state& saved) override;

private:
  /// Sends what participants have missed.
  void invite(const std::vector<node_id>& participants, effects& out) override {
    std::vector<node_id> whole;
    std::map<round_number, std::vector<node_id>> missed;
    for (const node_id worker : participants) {
      const auto first = std::exchange(updates_of_[worker], round() + 1); // with this round's at its end
      if (first < round() && !has_updates_from(first))
        whole.push_back(worker);
      else
        for (auto r = first; r < round(); ++r)
          missed[r].push_back(worker);
    }
    for (auto& [r, workers] : missed)
      send_to(fragment{context().id, r, update_kind, false, updates_.at(r)}, std::move(workers), out);
    send_to(fragment{context().id, round(), fragment_kind::model, false, dense_payload(model_)}, std::move(whole), out);
  }

  /// Whether the updates from that round on are kept, and smaller together than the model.
  [[nodiscard]] bool has_updates_from(round_number first) const {
    return !updates_.empty() && updates_.begin()->first <= first;
  }

  void take_up(answers received, effects& out) override {
    std::erase_if(received, [](const auto& answer) { return !answer.second; });
    std::vector<compressed_term> terms;
    for (auto& [worker, body] : received)
      terms.push_back({std::move(body), worker, 1.0F / static_cast<float>(received.size())});
    applying_ = false;
    job_builder job(context().id, round());
    const slot change = add_terms(job, compressor_, job.input(std::exchange(error_, nullptr)), std::move(terms));
    job.encode({change}, sharing::compressing_encoder(compressor_, context().id, round()));
    job.output(change);
    out.emplace_back(compute{round(), job.build()});
  }

  void on_computed(token, job_result result, effects& out) override {
    error_ = std::move(result.outputs.at(0));
    if (applying_)
      finish(result, 1, out);
    else
      broadcast(std::move(result.payloads.at(0)), out);
  }

  void broadcast(payload_ptr update, effects& out) {
    send_to(fragment{context().id, round(), update_kind, false, update}, participants(), out);
    applying_ = true;
    job_builder job(context().id, round());
    job.output(add_terms(job, compressor_, job.input(std::exchange(error_, nullptr)), {{update, server(), -1.0F}}));
    plan_end(job, add_terms(job, compressor_, job.input(model_), {{update, server(), 1.0F}}));
    keep(std::move(update));
    out.emplace_back(compute{round(), job.build()});
  }

  /// Older updates than those that are together smaller than the model are never sent.
  void keep(payload_ptr update) {
    updates_.emplace(round(), std::move(update));
    const auto whole = dense_payload(model_)->wire_size();
    std::size_t bytes = 0;
    for (auto newest = updates_.rbegin(); newest != updates_.rend(); ++newest)
      if (bytes += newest->second->wire_size() + fragment_header_size; bytes >= whole + fragment_header_size) {
        updates_.erase(updates_.begin(), updates_.upper_bound(newest->first));
        return;
      }
  }

  compressor_ptr compressor_;
  snapshot error_;                              ///< what C left out; null: 0
  std::map<round_number, payload_ptr> updates_; ///< the last ones, without a gap
  std::vector<round_number> updates_of_;        ///< each worker has the updates of the rounds below it
  bool applying_ = false;                       ///< the update is out: the model and the memory take it up
};

/// A payload's bytes as an array of a state.
snapshot pack(const std::vector<std::byte>& bytes) {
  auto packed = std::make_shared<flat_vector>((bytes.size() + sizeof(float) - 1) / sizeof(float));
  const auto raw = std::as_writable_bytes(packed->values());
  std::memset(raw.data(), 0, raw.size());
  std::memcpy(raw.data(), bytes.data(), bytes.size());
  return packed;
}

payload_ptr unpack(const flat_vector& packed, std::size_t size) {
  const auto raw = std::as_bytes(packed.values()).first(size);
  return bytes_payload({raw.begin(), raw.end()});
}

state stc_server::save() const {
  auto saved = federated_server::save();
  saved.arrays["error"] = error_;
  saved.counters["first_update"] = updates_.empty() ? round() : updates_.begin()->first;
  for (const auto& [r, update] : updates_) {
    saved.arrays[fmt::format("update.{}", r)] = pack(update->bytes);
    saved.counters[fmt::format("update_bytes.{}", r)] = update->bytes.size();
  }
  for (node_id worker = 0; worker < server(); ++worker)
    saved.counters[fmt::format("updates_of.{}", worker)] = updates_of_[worker];
  return saved;
}

void stc_server::load(const state& saved) {
  federated_server::load(saved);
  error_ = saved.arrays.at("error");
  updates_.clear();
  for (auto r = static_cast<round_number>(saved.counters.at("first_update")); r < round(); ++r)
    updates_[r] =
        unpack(*saved.arrays.at(fmt::format("update.{}", r)), saved.counters.at(fmt::format("update_bytes.{}", r)));
  for (node_id worker = 0; worker < server(); ++worker)
    updates_of_[worker] = static_cast<round_number>(saved.counters.at(fmt::format("updates_of.{}", worker)));
}

/// A change means something only to those who have what was changed.
std::vector<config::problem> check_start(const config::document& document) {
  if (document["model"].text("init") == "shared")
    return {};
  return {{"model.init", "\"stc\" sends changes of a model that all nodes begin with; expected \"shared\""}};
}

std::unique_ptr<learner> make_member(node_context context, const config::section& parameters) {
  const auto& codec = context.run->codec;
  const auto alpha = parameters.real("alpha");
  const stc_options options{parameters.boolean("ternary")
                                ? sharing::ternary_compressor(codec.text("indices"), alpha)
                                : sharing::top_k_compressor(sharing::make_codec(codec), alpha),
                            parameters.real("participation")};
  if (context.role == 0)
    return std::make_unique<stc_worker>(std::move(context), options);
  return std::make_unique<stc_server>(std::move(context), options);
}

} // namespace

algorithm stc() {
  auto alpha = sharing::alpha_key(0.1);
  alpha.sentence = "The share of the entries that workers and server send; at least one entry is.";
  return {
      .schema = {"stc",
                 "Sparse ternary compression: federated learning that sends the greatest entries of changes in both "
                 "directions, and remembers the rest.",
                 {std::move(alpha),
                  {.name = "ternary",
                   .default_value = true,
                   .sentence = "Whether entries are sent as their sign and one mean magnitude; else with values of "
                               "their own, by sharing.codec.values."},
                  participation_key()}},
      .graph = graph_use::none,
      .roles = workers_and_server,
      .make = make_member,
      .uses_codec = true,
      .check = check_start,
      .spoils_statistics = "sends changes that are not exact, which may make variances negative among"};
}

} // namespace rhizome::learning

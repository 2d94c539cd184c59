#pragma once

#include <tuple>

#include "core/results/records.hpp"

namespace rhizome::results {

/// One member of a record with the name that it has everywhere: as a column in SQLite, in CSV files and as a JSON key.
template <class Record, class T>
struct field {
  const char* name;
  T Record::*member;
};

template <class Record, class T>
field(const char*, T Record::*) -> field<Record, T>;

inline constexpr std::tuple round_fields{
    field{"round", &round_record::round},
    field{"train_loss", &round_record::train_loss},
    field{"bytes_sent", &round_record::bytes_sent},
    field{"seconds", &round_record::seconds},
    field{"virtual_seconds", &round_record::virtual_seconds},
    field{"evaluated_nodes", &round_record::evaluated_nodes},
    field{"loss_mean", &round_record::loss_mean},
    field{"loss_std", &round_record::loss_std},
    field{"loss_min", &round_record::loss_min},
    field{"loss_max", &round_record::loss_max},
    field{"accuracy_mean", &round_record::accuracy_mean},
    field{"accuracy_std", &round_record::accuracy_std},
    field{"accuracy_min", &round_record::accuracy_min},
    field{"accuracy_max", &round_record::accuracy_max},
    field{"local_loss_mean", &round_record::local_loss_mean},
    field{"local_loss_std", &round_record::local_loss_std},
    field{"local_accuracy_mean", &round_record::local_accuracy_mean},
    field{"local_accuracy_std", &round_record::local_accuracy_std},
    field{"local_accuracy_min", &round_record::local_accuracy_min},
    field{"local_accuracy_max", &round_record::local_accuracy_max},
    field{"consensus_loss", &round_record::consensus_loss},
    field{"consensus_accuracy", &round_record::consensus_accuracy},
    field{"consensus_distance", &round_record::consensus_distance},
    field{"rmse_mean", &round_record::rmse_mean},
    field{"mae_mean", &round_record::mae_mean},
    field{"local_rmse_mean", &round_record::local_rmse_mean},
    field{"local_mae_mean", &round_record::local_mae_mean},
    field{"consensus_mae", &round_record::consensus_mae},
};

inline constexpr std::tuple node_fields{
    field{"round", &node_record::round},
    field{"node", &node_record::node},
    field{"train_loss", &node_record::train_loss},
    field{"test_loss", &node_record::test_loss},
    field{"test_accuracy", &node_record::test_accuracy},
    field{"local_loss", &node_record::local_loss},
    field{"local_accuracy", &node_record::local_accuracy},
    field{"bytes_sent", &node_record::bytes_sent},
    field{"test_mae", &node_record::test_mae},
    field{"local_mae", &node_record::local_mae},
};

inline constexpr std::tuple event_fields{
    field{"seconds", &event_record::seconds},
    field{"kind", &event_record::kind},
    field{"text", &event_record::text},
};

/// What a summary has beyond `name`, `directory` and `status`.
inline constexpr std::tuple summary_fields{
    field{"nodes", &summary::nodes},
    field{"rounds", &summary::rounds},
    field{"parameters", &summary::parameters},
    field{"parameters_hash", &summary::parameters_hash},
    field{"overhead", &summary::overhead},
    field{"peak_rss_bytes", &summary::peak_rss_bytes},
    field{"seconds_setup", &summary::seconds_setup},
    field{"seconds_rounds", &summary::seconds_rounds},
    field{"seconds_first_round", &summary::seconds_first_round},
    field{"seconds_evaluation", &summary::seconds_evaluation},
    field{"seconds_sharing", &summary::seconds_sharing},
    field{"rounds_per_second", &summary::rounds_per_second},
    field{"bytes_sent", &summary::bytes_sent},
    field{"bytes_wire", &summary::bytes_wire},
    field{"accuracy_mean", &summary::accuracy_mean},
    field{"accuracy_std", &summary::accuracy_std},
    field{"accuracy_consensus", &summary::accuracy_consensus},
    field{"accuracy_local", &summary::accuracy_local},
    field{"loss_mean", &summary::loss_mean},
    field{"consensus_distance", &summary::consensus_distance},
    field{"threads", &summary::threads},
    field{"rmse_mean", &summary::rmse_mean},
    field{"mae_mean", &summary::mae_mean},
    field{"rmse_local", &summary::rmse_local},
    field{"mae_local", &summary::mae_local},
};

/// Calls `visit(field)` for each field of a table in order.
template <class Fields, class Visitor>
constexpr void for_each_field(const Fields& fields, Visitor&& visit) {
  std::apply([&](const auto&... each) { (visit(each), ...); }, fields);
}

} // namespace rhizome::results

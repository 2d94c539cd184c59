#pragma once

#include <memory>
#include <string>

#include "actors/messages.hpp"
#include "actors/remote_messages.hpp"

namespace rhizome::actors {

/// Whoever gives jobs to the queue.
using job_client_actor = protocol<
    /// From a trainer: one for each job, in any order.
    void(job_done)>;

/// A job, its token, and who gets the result.
struct run_job {
  learning::token token = 0;
  std::shared_ptr<learning::job> job;
  job_client_actor client;
};

/// One trainer: owns a module and runs jobs, one after another.
using trainer_actor = protocol<
    /// From the queue, which knows how many jobs a trainer may have waiting.
    void(run_job),
    /// From the queue: quit when the current job is done.
    void(stop_actor)>;

/// The run's FIFO of jobs in front of the trainers of one process.
using job_queue_actor = protocol<
    /// From a node or the averager: run it when its turn comes.
    void(run_job),
    /// From a trainer: it has made its module, or finished a job.
    void(trainer_ready),
    /// From a trainer: it cannot make its module.
    void(trainer_failed),
    /// From the host: forget the jobs that wait, stop the trainers, quit.
    void(stop_actor)>;

} // namespace rhizome::actors

RHIZOME_LOCAL_MESSAGE(rhizome::actors::run_job)

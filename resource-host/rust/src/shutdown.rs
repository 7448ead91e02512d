//! A host that ends takes what may run offline, in good order.

use crate::cancellation::CancelToken;
use crate::error::{guarded, CallError, ErrorCode};
use crate::instance::Instance;
use crate::services::in_background;
use std::sync::mpsc::channel;
use std::sync::Arc;
use std::time::Duration;

const OFFLINE_LIMIT: Duration = Duration::from_secs(60);
const TERMINATE_LIMIT: Duration = Duration::from_secs(30);

/// One after the other, the last that came online first. What does not go offline is terminated.
pub(crate) fn take_all_offline(mut instances: Vec<Arc<Instance>>, reason: &str) {
    instances.retain(|instance| instance.state().may_run);
    instances.sort_by_key(|instance| std::cmp::Reverse(instance.state().online_since));
    for instance in instances {
        let name = &instance.name;
        let offline = within(OFFLINE_LIMIT, &instance, reason, |own| {
            let resource = own.resource(&own.state(), CancelToken::default());
            own.entry_points.offline(&resource)
        });
        match offline {
            Ok(()) => eprintln!("andon host: {name} is offline, because {reason}"),
            Err(error) => {
                eprintln!("andon host: offline of {name}: {error}; terminating it");
                let terminated = within(TERMINATE_LIMIT, &instance, reason, |own| {
                    let resource = own.resource(&own.state(), CancelToken::default());
                    own.entry_points.terminate(&resource)
                });
                if let Err(error) = terminated {
                    eprintln!("andon host: terminate of {name}: {error}");
                }
            }
        }
    }
}

fn within(
    limit: Duration,
    instance: &Arc<Instance>,
    reason: &str,
    act: impl FnOnce(&Instance) -> Result<(), CallError> + Send + 'static,
) -> Result<(), CallError> {
    let (done, end) = channel();
    let (own, reason) = (instance.clone(), reason.to_owned());
    in_background(&instance.name, move || {
        let running = {
            let state = own.state();
            if let Some(life) = &state.life {
                life.set_leaving(true);
            }
            state.running.clone()
        };
        if let Some(operation) = running {
            operation.supersede(&reason);
            operation.wait();
        }
        // The one who waits may have given up.
        let _ = done.send(guarded(|| act(&own)));
    })?;
    let late = |_| {
        Err(CallError::new(
            ErrorCode::Timeout,
            format!("not done within {limit:?}"),
        ))
    };
    end.recv_timeout(limit).unwrap_or_else(late)
}

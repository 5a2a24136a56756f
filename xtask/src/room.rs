//! Whether there is room on the disk, said before it runs out in the middle of a build.

use std::path::Path;

const GIB: f64 = (1_u64 << 30) as f64;

/// Says on the standard error when less than so many GiB are free where cargo builds. It is no more than a word: what was built before
/// needs no room again.
pub(crate) fn warn_below(gibibytes: f64, purpose: &str) {
    // Where cargo cannot say, the build will.
    let Ok(folder) = stack::target_folder() else { return };
    if let Some(free) = free(&folder).map(|bytes| bytes / GIB).filter(|free| *free < gibibytes) {
        eprintln!(
            "warning: {free:.1} GiB are free at {}, and {purpose} writes up to {gibibytes} GiB where nothing was built before; \
             `cargo clean` makes room, or CARGO_TARGET_DIR names another disk\n",
            folder.display()
        );
    }
}

/// How many bytes a user may still write there; none where the system does not say.
fn free(folder: &Path) -> Option<f64> {
    // Before the first build the folder is not there yet, but one above it is.
    let there = folder.ancestors().find(|folder| folder.exists())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "it is said to a tenth of a GiB")]
    Some(disk.f_bavail as f64 * disk.f_frsize as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_room_is_asked_of_the_nearest_folder_that_is_there() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let free = |folder: &Path| free(folder).expect("the system says");
        assert!(free(here) > 0.0);
        // A disk that others write to changes between the two, but not much.
        let missing = free(&here.join("no/such/folder"));
        assert!((free(here) - missing).abs() < 10.0 * GIB, "{missing}");
    }
}

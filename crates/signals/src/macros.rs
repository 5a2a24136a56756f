//! The words of the declaration language: `labels!`, `label_keys!` and `signals!`.

/// Declares a closed label: an enum with its key and the spelling of each value.
///
/// Attributes pass through, so a type of the wire can be a label too.
#[macro_export]
macro_rules! labels {
    ($(
        $(#[$meta:meta])*
        $vis:vis enum $Name:ident = $key:literal { $($(#[$vmeta:meta])* $Variant:ident = $value:literal),+ $(,)? }
    )+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $vis enum $Name { $($(#[$vmeta])* $Variant),+ }

        impl $Name {
            /// The label's key.
            pub const KEY: &'static str = $key;
            /// Every value, in order.
            pub const ALL: &'static [$Name] = &[$($Name::$Variant),+];

            /// The value as it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $($Name::$Variant => $value),+ }
            }
        }

        impl $crate::LabelKey for $Name {
            const KEY: &'static str = $key;
        }

        impl $crate::Carries<$Name, $crate::at::Here> for $Name {}

        impl $crate::LabelSet for $Name {
            fn keys() -> Vec<&'static str> {
                vec![$key]
            }

            fn points(_: &$crate::Service) -> Vec<$crate::Point> {
                Self::ALL.iter().map(|value| vec![$crate::Label::new($key, value.as_str())]).collect()
            }

            fn count(_: &$crate::Service) -> usize {
                Self::ALL.len()
            }

            #[inline]
            fn index(self, _: &$crate::Service) -> usize {
                self as usize
            }
        }
    )+ };
}

/// Declares keys of labels whose values stand elsewhere, each a type: `pub Route = ROUTE;`.
#[macro_export]
macro_rules! label_keys {
    ($($(#[$meta:meta])* $vis:vis $Name:ident = $key:expr;)+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        $vis struct $Name;

        $crate::carries!($Name: $Name = $key);
    )+ };
}

/// Says which labels a label set carries: `carries!(ServerRequest: Method, Route)`, or, of a set that is its own key,
/// `carries!(Pool: Pool = POOL)`.
#[macro_export]
macro_rules! carries {
    ($Set:ty: $Name:ty = $key:expr) => {
        impl $crate::LabelKey for $Name {
            const KEY: &'static str = $key;
        }
        $crate::carries!($Set: $Name);
    };
    ($Set:ty: $($Key:ty),+) => { $(
        impl $crate::Carries<$Key, $crate::at::Here> for $Set {}
    )+ };
}

/// Declares signals, each in one readable item: the doc comment is the help, then name, kind, labels, `= "otel.name"`, `in` its
/// unit, and for histograms the buckets.
///
/// `recorded by` names a function from a [`Service`](crate::Service) to whether it records the block's signals.
#[macro_export]
macro_rules! signals {
    (recorded by $recorded_by:path; $($rest:tt)+) => { $crate::signals!(@item [$recorded_by] $($rest)+); };

    (@item [$by:path]) => {};
    (@item [$by:path] $(#[doc = $help:literal])+ $vis:vis $NAME:ident: Histogram<$L:ty> = $name:literal in $unit:tt, buckets $buckets:expr; $($rest:tt)*) => {
        // The SDK shows one without labels only after its first measurement, so it could not exist at zero.
        const _: () = assert!(<$L as $crate::LabelSet>::HAS_LABELS, "a histogram needs at least one label");
        $crate::signals!(@declare [$by] [$($help),+] [$vis $NAME] [Histogram<$L>] $name $unit ($buckets));
        $crate::signals!(@item [$by] $($rest)*);
    };
    (@item [$by:path] $(#[doc = $help:literal])+ $vis:vis $NAME:ident: Histogram<$L:ty> = $name:literal in $unit:tt; $($rest:tt)*) => {
        compile_error!(concat!("histogram `", stringify!($NAME), "` needs its buckets: write `in ", stringify!($unit), ", buckets &[…];`"));
    };
    (@item [$by:path] $(#[doc = $help:literal])+ $vis:vis $NAME:ident: $Kind:ident<$L:ty $(, $V:ty)?> = $name:literal in $unit:tt; $($rest:tt)*) => {
        $crate::signals!(@declare [$by] [$($help),+] [$vis $NAME] [$Kind<$L $(, $V)?>] $name $unit (&[]));
        $crate::signals!(@item [$by] $($rest)*);
    };
    (@item [$by:path] $(#[doc = $help:literal])+ $vis:vis $NAME:ident: $Kind:ident<$L:ty $(, $V:ty)?> = $name:literal; $($rest:tt)*) => {
        compile_error!(concat!("signal `", stringify!($NAME), "` needs a unit: write `= \"", $name, "\" in Seconds` or `in \"{thing}\"`"));
    };
    (@item [$by:path] $vis:vis $NAME:ident: $($rest:tt)*) => {
        compile_error!(concat!("signal `", stringify!($NAME), "` needs a doc comment: it becomes the help text on the scrape"));
    };

    (@declare [$by:path] [$($help:literal),+] [$vis:vis $NAME:ident] [$Kind:ident<$L:ty $(, $V:ty)?>] $name:literal $unit:tt ($buckets:expr)) => {
        $(#[doc = $help])+
        $vis static $NAME: $crate::$Kind<$L, $crate::signals!(@measure $unit) $(, $V)?> = $crate::$Kind::declare($crate::Declaration {
            name: $name,
            kind: $crate::$Kind::<$L, $crate::signals!(@measure $unit) $(, $V)?>::KIND,
            unit: $crate::signals!(@unit $unit),
            help: concat!($($help),+).trim_ascii(),
            buckets: $buckets,
            keys: $crate::$Kind::<$L, $crate::signals!(@measure $unit) $(, $V)?>::KEYS,
            open: $crate::$Kind::<$L, $crate::signals!(@measure $unit) $(, $V)?>::OPEN,
            points: $crate::$Kind::<$L, $crate::signals!(@measure $unit) $(, $V)?>::POINTS,
            recorded_by: $by,
            file: file!(),
            line: line!(),
        }.checked());
        const _: () = {
            #[$crate::linkme::distributed_slice($crate::ALL)]
            #[linkme(crate = $crate::linkme)]
            static SIGNAL: &'static dyn $crate::Signal = &$NAME;
        };
    };
    (@unit $annotation:literal) => { $crate::Unit::Each($annotation) };
    (@unit $Unit:ident) => { $crate::Unit::$Unit };
    (@measure $annotation:literal) => { $crate::units::Each };
    (@measure $Unit:ident) => { $crate::units::$Unit };
}

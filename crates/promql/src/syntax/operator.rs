//! Operators between two sides, and those that aggregate (<https://prometheus.io/docs/prometheus/latest/querying/operators/>).

use std::fmt;

macro_rules! words {
    ($(#[$meta:meta])* $Name:ident { $($Variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $Name {
            $(#[doc = concat!("`", $word, "`.")] $Variant,)+
        }

        impl $Name {
            pub const ALL: &'static [Self] = &[$(Self::$Variant),+];

            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $word,)+
                }
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// An operator between two sides.
    BinaryOperator {
        Add = "+",
        Sub = "-",
        Mul = "*",
        Div = "/",
        Mod = "%",
        Pow = "^",
        Atan2 = "atan2",
        Eql = "==",
        Neq = "!=",
        Gtr = ">",
        Lss = "<",
        Gte = ">=",
        Lte = "<=",
        And = "and",
        Or = "or",
        Unless = "unless",
    }
}

words! {
    /// What makes one series of several.
    Aggregator {
        Sum = "sum",
        Avg = "avg",
        Min = "min",
        Max = "max",
        Count = "count",
        Group = "group",
        Stddev = "stddev",
        Stdvar = "stdvar",
        Topk = "topk",
        Bottomk = "bottomk",
        Limitk = "limitk",
        LimitRatio = "limit_ratio",
        Quantile = "quantile",
        CountValues = "count_values",
    }
}

impl BinaryOperator {
    /// How tightly it binds, the tighter the higher.
    pub const fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And | Self::Unless => 2,
            Self::Eql | Self::Neq | Self::Gtr | Self::Lss | Self::Gte | Self::Lte => 3,
            Self::Add | Self::Sub => 4,
            Self::Mul | Self::Div | Self::Mod | Self::Atan2 => 5,
            Self::Pow => 6,
        }
    }

    pub const fn is_comparison(self) -> bool {
        matches!(self, Self::Eql | Self::Neq | Self::Gtr | Self::Lss | Self::Gte | Self::Lte)
    }

    /// Whether it goes by which series are there, and not by their values.
    pub const fn is_set_operator(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Unless)
    }

    /// The comparison that says the same when the sides are swapped.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Gtr => Self::Lss,
            Self::Lss => Self::Gtr,
            Self::Gte => Self::Lte,
            Self::Lte => Self::Gte,
            same => same,
        }
    }
}

impl Aggregator {
    /// Whether it wants something beside what it aggregates.
    pub const fn takes_parameter(self) -> bool {
        matches!(
            self,
            Self::Topk | Self::Bottomk | Self::Limitk | Self::LimitRatio | Self::Quantile | Self::CountValues
        )
    }

    /// Whether it picks some of the series as they are.
    pub const fn picks(self) -> bool {
        matches!(self, Self::Topk | Self::Bottomk | Self::Limitk | Self::LimitRatio)
    }
}

//! The contract: every route of every service with what it takes, gives and can fail with. Services mount it, OpenAPI,
//! labels, traffic and tests read it.

pub mod catalog;
pub mod gateway;
pub mod orders;
pub mod payments;

use std::borrow::Cow;

use signals::Outcome;
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{code::Code, services::ServiceName};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

/// A type of the wire, as OpenAPI wants it.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    pub name: fn() -> Cow<'static, str>,
    pub schema: fn() -> RefOr<Schema>,
    /// Adds the schemas that it refers to.
    pub referred: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Body {
    pub const fn of<T: ToSchema>() -> Self {
        Self { name: T::name, schema: T::schema, referred: T::schemas }
    }
}

/// A parameter of the query: its name, what it means, and whether it must be there.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub meaning: &'static str,
    pub required: bool,
}

/// When the root of a trace is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    Always,
    ByRatio,
}

/// One door: a method on a path and all that is agreed about it.
#[derive(Debug)]
pub struct Route {
    pub method: Method,
    /// The template, such as `/products/{id}`; also the label `http_route`.
    pub path: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    pub parameters: &'static [Parameter],
    pub request: Option<Body>,
    /// The status of success.
    pub success: u16,
    pub response: Option<Body>,
    /// What it can be refused with, beside what any request can end in.
    pub codes: &'static [Code],
    /// The route of the other service to which it is handed on.
    pub forwards_to: Option<(ServiceName, &'static Route)>,
    pub sampling: Sampling,
}

impl Route {
    pub const fn new(method: Method, path: &'static str, summary: &'static str) -> Self {
        Self {
            method,
            path,
            summary,
            parameters: &[],
            request: None,
            success: 200,
            response: None,
            codes: &[],
            forwards_to: None,
            sampling: Sampling::ByRatio,
        }
    }

    const fn query(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    const fn takes<T: ToSchema>(mut self) -> Self {
        self.request = Some(Body::of::<T>());
        self
    }

    const fn gives<T: ToSchema>(mut self, status: u16) -> Self {
        self.success = status;
        self.response = Some(Body::of::<T>());
        self
    }

    const fn fails(mut self, codes: &'static [Code]) -> Self {
        self.codes = codes;
        self
    }

    const fn always_sampled(mut self) -> Self {
        self.sampling = Sampling::Always;
        self
    }

    /// The same door, one house further out: takes, gives and fails like `inner`, and as any forwarding can.
    const fn forwarding(path: &'static str, service: ServiceName, inner: &'static Route) -> Self {
        Self { path, forwards_to: Some((service, inner)), ..*inner }
    }

    /// What it is mounted by: its method and its template.
    pub const fn door(&self) -> (&'static str, &'static str) {
        (self.method.as_str(), self.path)
    }

    /// Whether it is there to be seen failing, and only while faults are enabled.
    pub fn fails_on_purpose(&self) -> bool {
        self.codes.contains(&Code::FaultsDisabled)
    }

    /// Every refusal that a client can meet, with those that a body or a forwarding brings.
    pub fn refusals(&self) -> Vec<Code> {
        let mut codes = self.refusals_of_its_own();
        for code in self.codes {
            if !codes.contains(code) {
                codes.push(*code);
            }
        }
        codes
    }

    /// The refusals that arise in the service itself: of a forwarding, only that reading or handing on failed.
    pub fn refusals_of_its_own(&self) -> Vec<Code> {
        let body: &[Code] = if self.request.is_some() { &[Code::BodyTimedOut, Code::BodyTooLarge] } else { &[] };
        let own: &[Code] = match self.forwards_to {
            Some(_) => &[Code::UpstreamFailed, Code::UpstreamUnavailable, Code::UpstreamTimedOut],
            None => self.codes,
        };
        [&[Code::Invalid], body, own].concat()
    }

    /// All that its own side declares that a request can end in; the success first.
    pub fn outcomes(&self) -> Vec<Outcome> {
        let refusals = self.refusals();
        [Outcome::ok(self.success)].into_iter().chain(refusals.into_iter().map(Code::outcome)).collect()
    }
}

impl ServiceName {
    /// The service's routes, in the order of their labels.
    pub fn routes(self) -> &'static [&'static Route] {
        match self {
            ServiceName::Gateway => gateway::ROUTES,
            ServiceName::Catalog => catalog::ROUTES,
            ServiceName::Orders => orders::ROUTES,
            ServiceName::Payments => payments::ROUTES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::SERVICES;

    #[test]
    fn a_route_stands_once_in_its_table() {
        for row in SERVICES {
            let routes = row.name.routes();
            for (i, route) in routes.iter().enumerate() {
                assert!(
                    routes[..i].iter().all(|r| (r.method, r.path) != (route.method, route.path)),
                    "{} {}",
                    row.name,
                    route.path
                );
            }
        }
    }

    #[test]
    fn a_forwarding_leads_to_a_route_of_a_service_that_is_called() {
        for row in SERVICES {
            for (service, inner) in row.name.routes().iter().filter_map(|route| route.forwards_to) {
                assert!(row.calls.contains(&service), "{} does not call {service}", row.name);
                assert!(
                    service.routes().iter().any(|route| std::ptr::eq(*route, inner)),
                    "{service} has no {}",
                    inner.path
                );
            }
        }
    }

    #[test]
    fn the_public_path_of_a_forwarding_ends_like_the_inner_one() {
        for route in gateway::ROUTES {
            if let Some((_, inner)) = route.forwards_to {
                assert_eq!(route.path, format!("{}{}", gateway::PREFIX, inner.path));
            }
        }
    }
}

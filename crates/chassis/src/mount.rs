//! Mounting: a handler for each route of the service's table, no more and no less.

use actix_web::{
    FromRequest, Handler, Responder, ResponseError, Route,
    http::{Method, header::ALLOW},
    middleware::from_fn,
    web::{self, Data, ServiceConfig},
};
use signals::http::{self, RouteIndex};
use telemetry::middleware::mark;

use crate::{
    health::Health,
    problem::Refusal,
    protect::{Limits, protect},
};

type Configuration = Box<dyn FnOnce(&mut ServiceConfig)>;

/// A path with the routes of its methods.
struct Door {
    path: &'static str,
    methods: Vec<&'static str>,
    routes: Vec<Route>,
}

/// Where a service's handlers are mounted.
pub struct Mount {
    service: &'static signals::Service,
    doors: Vec<Door>,
    data: Vec<Configuration>,
    mounted: Vec<bool>,
    mistakes: Vec<String>,
}

impl Mount {
    pub(crate) fn new(service: &'static signals::Service) -> Self {
        // The last of the table stands for unmatched requests and has no handler.
        let routes = service.routes().len() - 1;
        Self { service, doors: Vec::new(), data: Vec::new(), mounted: vec![false; routes], mistakes: Vec::new() }
    }

    /// Gives handlers a share of `data`, as `web::Data`.
    pub fn data<T: 'static>(&mut self, data: T) {
        self.data.push(Box::new(move |config| {
            config.app_data(Data::new(data));
        }));
    }

    /// Mounts a handler at a door: a method and a template of the service's table.
    pub fn on<F, Args>(&mut self, door: (&'static str, &'static str), handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let (method, path) = door;
        let found = self.service.routes().iter().position(|route| (route.method, route.path) == door);
        let (Some(position), Ok(verb)) =
            (found.filter(|position| *position < self.mounted.len()), method.parse::<Method>())
        else {
            self.mistakes.push(format!("{method} {path} is not in the table of {}", self.service.name));
            return;
        };
        self.mounted[position] = true;
        let index = RouteIndex(u16::try_from(position).unwrap_or(u16::MAX));
        let route = web::method(verb).guard(mark(index)).to(handler);
        match self.doors.iter_mut().find(|known| known.path == path) {
            Some(known) => {
                known.methods.push(method);
                known.routes.push(route);
            }
            None => self.doors.push(Door { path, methods: vec![method], routes: vec![route] }),
        }
    }

    /// What is wrong with the mounting, if anything.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let routes = self.service.routes().iter().zip(&self.mounted);
        let missing = routes.filter(|(_, mounted)| !**mounted);
        let missing =
            missing.map(|(route, _)| format!("{} {} is in the table, but has no handler", route.method, route.path));
        self.mistakes.iter().cloned().chain(missing).collect()
    }

    pub(crate) fn apply(self, config: &mut ServiceConfig, limits: Limits, health: &Data<Health>) {
        for data in self.data {
            data(config);
        }
        config.app_data(limits.body);
        for Door { path, methods, routes } in self.doors {
            let resource = routes.into_iter().fold(web::resource(path), |resource, route| resource.route(route));
            // A refusal of a method names those that would do (RFC 9110, section 15.5.6).
            let allowed = methods.join(", ");
            let wrong_method = move || {
                let mut response = Refusal::new(http::METHOD_NOT_ALLOWED, None).error_response();
                if let Ok(allowed) = allowed.parse() {
                    response.headers_mut().insert(ALLOW, allowed);
                }
                std::future::ready(response)
            };
            let health = health.clone();
            let protected = from_fn(move |request, next| protect(limits, health.clone(), request, next));
            config.service(resource.default_service(web::to(wrong_method)).wrap(protected));
        }
        config.default_service(web::to(|| async { Refusal::new(http::NOT_FOUND, None).error_response() }));
    }
}

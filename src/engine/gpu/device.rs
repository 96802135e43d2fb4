//! A [`Layer`] on a real adapter, through wgpu.
//!
//! In: an adapter of this host. Out: buffers, pipelines and dispatches, every call inside an error
//! scope, so that a failure is a [`Fault`] and never an abort.

use std::sync::{Arc, Mutex, PoisonError};

use super::layer::{Binding, Fault, Handle, Layer, Limits};
use crate::error::{Error, Result};

/// An adapter of this host.
#[derive(Debug, Clone)]
pub struct Adapter {
    adapter: wgpu::Adapter,
    info: wgpu::AdapterInfo,
}

/// The adapters of this host, real ones first. Without a driver the list is empty.
pub fn adapters() -> Vec<Adapter> {
    let mut description = wgpu::InstanceDescriptor::new_without_display_handle();
    description.flags = wgpu::InstanceFlags::empty();
    let instance = wgpu::Instance::new(description);
    let found = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    let mut list: Vec<Adapter> =
        found.into_iter().map(|adapter| Adapter { info: adapter.get_info(), adapter }).collect();
    list.sort_by_key(|adapter| match adapter.info.device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu | wgpu::DeviceType::Other => 2,
        wgpu::DeviceType::Cpu => 3,
    });
    list
}

/// Trips of loops after which Mesa's software Vulkan cuts a thread off without a word, with a margin.
const SOFTWARE_TRIPS: usize = 60_000;

/// Trips a dispatch elsewhere: tens of milliseconds, so that watchdogs stay quiet.
const TRIPS: usize = 1 << 17;

/// Memory that is planned for unless the user says otherwise.
const MEMORY: u64 = 1 << 30;

impl Adapter {
    /// The name that the driver gives it.
    pub fn name(&self) -> &str {
        &self.info.name
    }

    /// Backend, kind and driver.
    pub fn describe(&self) -> String {
        let info = &self.info;
        let driver = [info.driver.as_str(), info.driver_info.as_str()].join(" ");
        format!("{}, {:?}, {:?}, {}", info.name, info.backend, info.device_type, driver.trim())
    }

    /// Whether it is a program on the CPU, and so slower than the CPU engine.
    pub fn is_software(&self) -> bool {
        self.info.device_type == wgpu::DeviceType::Cpu
    }

    /// What it can take; `memory` is the user's budget in bytes.
    pub fn limits(&self, memory: Option<u64>) -> Limits {
        let limits = self.adapter.limits();
        let software = self.is_software();
        Limits {
            buffer: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            memory: memory.unwrap_or(MEMORY),
            workgroup: limits.max_compute_workgroup_storage_size as usize,
            groups: limits.max_compute_workgroups_per_dimension,
            trips: if software { SOFTWARE_TRIPS } else { TRIPS },
            threads: if software { 1024 } else { 1 << 17 },
        }
    }

    /// Opens a device on it.
    ///
    /// # Errors
    /// [`Error::Device`] where the driver refuses.
    pub fn open(&self, memory: Option<u64>) -> Result<Device> {
        let description = wgpu::DeviceDescriptor {
            label: Some("mixlaw"),
            required_limits: self.adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = pollster::block_on(self.adapter.request_device(&description))
            .map_err(|e| {
                Error::device(
                    format!("{} gives no device: {e}", self.name()),
                    "update its driver, choose another --adapter, or use --engine cpu",
                )
            })?;
        let lost = Arc::new(Mutex::new(None));
        let told = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            *told.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(format!("{reason:?} {message}").trim().to_string());
        });
        Ok(Device {
            name: self.describe(),
            limits: self.limits(memory),
            device,
            queue,
            lost,
            buffers: Vec::new(),
            pipelines: Vec::new(),
        })
    }
}

/// An open device.
#[derive(Debug)]
pub struct Device {
    name: String,
    limits: Limits,
    device: wgpu::Device,
    queue: wgpu::Queue,
    lost: Arc<Mutex<Option<String>>>,
    buffers: Vec<Option<wgpu::Buffer>>,
    pipelines: Vec<(wgpu::ComputePipeline, wgpu::BindGroupLayout)>,
}

impl Device {
    /// Destroys the device under its own feet: for tests of the recovery.
    pub fn destroy(&self) {
        self.device.destroy();
    }

    fn alive(&self) -> std::result::Result<(), Fault> {
        match &*self.lost.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(why) => Err(Fault::Lost(why.clone())),
            None => Ok(()),
        }
    }

    /// Runs a call inside error scopes and turns what they catch into a fault.
    fn guarded<T>(&self, call: impl FnOnce() -> T) -> std::result::Result<T, Fault> {
        self.alive()?;
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let internal = self.device.push_error_scope(wgpu::ErrorFilter::Internal);
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let value = call();
        let caught = [validation.pop(), internal.pop()].map(pollster::block_on);
        let no_memory = pollster::block_on(memory.pop());
        let caught = caught.into_iter().flatten().next();
        if caught.is_some() || no_memory.is_some() {
            // That a device is lost is told when it is polled, and explains all else.
            let _ = self.device.poll(wgpu::PollType::Poll);
        }
        self.alive()?;
        match (no_memory, caught) {
            (Some(_), _) => Err(Fault::OutOfMemory),
            (None, Some(error)) => Err(Fault::Refused(error.to_string())),
            (None, None) => Ok(value),
        }
    }

    fn create(
        &mut self,
        bytes: u64,
        usage: wgpu::BufferUsages,
    ) -> std::result::Result<Handle, Fault> {
        let size = bytes.max(16).next_multiple_of(16);
        if size > self.limits.buffer {
            return Err(Fault::OutOfMemory);
        }
        let buffer = self.guarded(|| {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size,
                usage: usage | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            })
        })?;
        self.buffers.push(Some(buffer));
        Ok(self.buffers.len() - 1)
    }

    fn buffer(&self, handle: Handle) -> std::result::Result<&wgpu::Buffer, Fault> {
        let known = self.buffers.get(handle).and_then(Option::as_ref);
        known.ok_or_else(|| Fault::Refused("a buffer that is not there".into()))
    }

    fn with_words(
        &mut self,
        words: &[u32],
        usage: wgpu::BufferUsages,
    ) -> std::result::Result<Handle, Fault> {
        let handle = self.create(4 * words.len() as u64, usage)?;
        self.write(handle, words)?;
        Ok(handle)
    }

    fn wait(&self) -> std::result::Result<(), Fault> {
        match self.device.poll(wgpu::PollType::wait_indefinitely()) {
            Ok(_) => self.alive(),
            Err(e) => Err(Fault::Lost(e.to_string())),
        }
    }
}

fn buffer_type(binding: Binding) -> wgpu::BufferBindingType {
    match binding {
        Binding::Read(_) => wgpu::BufferBindingType::Storage { read_only: true },
        Binding::Write(_) => wgpu::BufferBindingType::Storage { read_only: false },
        Binding::Uniform(_) => wgpu::BufferBindingType::Uniform,
    }
}

impl Layer for Device {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn upload(&mut self, words: &[u32]) -> std::result::Result<Handle, Fault> {
        self.with_words(words, wgpu::BufferUsages::STORAGE)
    }

    fn zeros(&mut self, words: usize) -> std::result::Result<Handle, Fault> {
        self.create(4 * words as u64, wgpu::BufferUsages::STORAGE)
    }

    fn uniform(&mut self, words: &[u32]) -> std::result::Result<Handle, Fault> {
        self.with_words(words, wgpu::BufferUsages::UNIFORM)
    }

    fn write(&mut self, buffer: Handle, words: &[u32]) -> std::result::Result<(), Fault> {
        let buffer = self.buffer(buffer)?;
        self.guarded(|| self.queue.write_buffer(buffer, 0, bytemuck::cast_slice(words)))
    }

    fn read(&mut self, buffer: Handle, words: usize) -> std::result::Result<Vec<u32>, Fault> {
        let size = 4 * words as u64;
        let source = self.buffer(buffer)?;
        let staging = self.guarded(|| {
            let staging = self.device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            let mut encoder = self.device.create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(source, 0, &staging, 0, size);
            self.queue.submit([encoder.finish()]);
            staging
        })?;
        let mapped = Arc::new(Mutex::new(None));
        let told = Arc::clone(&mapped);
        self.guarded(|| {
            staging.map_async(wgpu::MapMode::Read, .., move |result| {
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            });
        })?;
        self.wait()?;
        match mapped.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(Ok(())) => {}
            Some(Err(e)) => return Err(Fault::Lost(e.to_string())),
            None => return Err(Fault::Lost("a buffer was not mapped".into())),
        }
        let view = staging.get_mapped_range(..).map_err(|e| Fault::Lost(e.to_string()))?;
        Ok(bytemuck::pod_collect_to_vec(&view))
    }

    fn free(&mut self, buffer: Handle) {
        if let Some(buffer) = self.buffers.get_mut(buffer).and_then(Option::take) {
            buffer.destroy();
        }
    }

    fn pipeline(
        &mut self,
        source: &str,
        entry: &str,
        bindings: &[(u32, Binding)],
    ) -> std::result::Result<Handle, Fault> {
        let entries: Vec<wgpu::BindGroupLayoutEntry> = bindings
            .iter()
            .map(|(number, binding)| wgpu::BindGroupLayoutEntry {
                binding: *number,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty: buffer_type(*binding),
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            })
            .collect();
        let made = self.guarded(|| {
            let description = wgpu::ShaderModuleDescriptor {
                label: Some(entry),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            };
            let module = if cfg!(debug_assertions) {
                self.device.create_shader_module(description)
            } else {
                // SAFETY: the kernels index buffers only within the sizes that the engine plans,
                // and every loop is bounded by numbers that the host writes; builds with debug
                // assertions, the tests among them, run the same kernels with all checks on.
                unsafe {
                    let unchecked = wgpu::ShaderRuntimeChecks::unchecked();
                    self.device.create_shader_module_trusted(description, unchecked)
                }
            };
            let group = self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: None,
                entries: &entries,
            });
            let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &[Some(&group)],
                immediate_size: 0,
            });
            let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry),
                layout: Some(&layout),
                module: &module,
                entry_point: Some(entry),
                compilation_options: wgpu::PipelineCompilationOptions {
                    zero_initialize_workgroup_memory: true,
                    ..Default::default()
                },
                cache: None,
            });
            (pipeline, group)
        })?;
        self.pipelines.push(made);
        Ok(self.pipelines.len() - 1)
    }

    fn dispatch(
        &mut self,
        pipeline: Handle,
        bindings: &[(u32, Binding)],
        groups: usize,
    ) -> std::result::Result<(), Fault> {
        let Some((pipeline, layout)) = self.pipelines.get(pipeline) else {
            return Err(Fault::Refused("a pipeline that is not there".into()));
        };
        let mut entries = Vec::new();
        for (number, binding) in bindings {
            let (Binding::Read(handle) | Binding::Write(handle) | Binding::Uniform(handle)) =
                binding;
            entries.push(wgpu::BindGroupEntry {
                binding: *number,
                resource: self.buffer(*handle)?.as_entire_binding(),
            });
        }
        let widest = self.limits.groups as usize;
        let high = groups.div_ceil(widest).max(1);
        let wide = groups.div_ceil(high);
        #[allow(clippy::cast_possible_truncation, reason = "both are at most `limits.groups`")]
        let (wide, high) = (wide as u32, high as u32);
        self.guarded(|| {
            let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout,
                entries: &entries,
            });
            let mut encoder = self.device.create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, &group, &[]);
                pass.dispatch_workgroups(wide, high, 1);
            }
            self.queue.submit([encoder.finish()]);
        })
    }
}
